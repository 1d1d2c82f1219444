#!/usr/bin/perl
# Fills an empty Request Tracker 5 with what its REST2 API cannot make: users with rights, a token, the
# fields of customers and tickets, and a scrip that posts each transaction of a ticket as a webhook.
#
# usage: AGENT_PASSWORD=... setup.pl TOKEN_FILE     with RT_SITE_CONFIG set; may run twice
use strict;
use warnings;
use lib '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib';
use RT -init;

my ($token_file) = @ARGV;
my $system = RT->SystemUser;

sub done {
    my ($what, $ok, $why) = @_;
    die "$what: $why\n" unless $ok;
}

sub user {
    my ($name, %more) = @_;
    my $user = RT::User->new($system);
    $user->Load($name);
    done("user $name", $user->Create(Name => $name, Privileged => 1, %more)) unless $user->id;
    return $user;
}

sub grant {
    my ($user, @rights) = @_;
    for my $right (@rights) {
        next if $user->PrincipalObj->HasRight(Right => $right, Object => $RT::System);
        done("right $right", $user->PrincipalObj->GrantRight(Right => $right, Object => $RT::System));
    }
}

sub field {
    my ($name, $kind, $class) = @_;
    my $field = RT::CustomField->new($system);
    $field->LoadByName(Name => $name, LookupType => $kind, IncludeDisabled => 1);
    return if $field->id;
    done("field $name", $field->Create(Name => $name, Type => 'FreeformSingle', LookupType => $kind));
    done("field $name", $field->AddToObject($class->new($system)));
}

my $queue = RT::Queue->new($system);
$queue->Load('Support');
done('queue', $queue->Create(Name => 'Support', Description => 'Customer support')) unless $queue->id;

field($_, 'RT::User', 'RT::User')
    for ('Customer Code', 'Service Level', 'Plan', 'Entitled From', 'Entitled Until',
    'Implementation Service', 'Contract', 'ERP Customer');
field($_, 'RT::Queue-RT::Ticket', 'RT::Queue')
    for ('Customer Code', 'Order Number', 'Invoice Number', 'Asset', 'Claim Amount', 'Claim Accepted',
    'Integration Status');

my @tickets = qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket
    ModifyTicket OwnTicket SeeCustomField ModifyCustomField);
my $integration = user('integration', EmailAddress => 'integration@desk.test');
grant($integration, @tickets, qw(AdminUsers ManageAuthTokens));
my $agent = user('agent', EmailAddress => 'agent@desk.test', Password => $ENV{AGENT_PASSWORD});
grant($agent, @tickets, 'AdminUsers');

my $scrips = RT::Scrips->new($system);
$scrips->Limit(FIELD => 'Description', VALUE => 'Webhook');
unless ($scrips->Count) {
    # After the change is stored; a receiver that is away or slow does not hurt the desk.
    my $code = <<'PERL';
require LWP::UserAgent; require JSON; require Digest::SHA;
my ($ticket, $change) = ($self->TicketObj, $self->TransactionObj);
my $body = JSON->new->utf8->canonical->encode({
    id => 'rt-' . $change->id,
    type => 'ticket.' . lc $change->Type,
    occurred_at => $change->CreatedObj->W3CDTF(Timezone => 'UTC'),
    transaction => { id => $change->id + 0, type => $change->Type, field => $change->Field, creator => $change->CreatorObj->Name },
    ticket => { id => $ticket->id + 0, status => $ticket->Status },
});
my $time = time;
my $signature = Digest::SHA::hmac_sha256_hex("$time.$body", RT->Config->Get('HookSecret'));
my $answer = LWP::UserAgent->new(timeout => 5)->post(RT->Config->Get('HookURL'),
    'Content-Type' => 'application/json', 'X-RT-Signature' => "t=$time,v1=$signature", Content => $body);
RT->Logger->warning('webhook: ' . $answer->status_line) unless $answer->is_success;
1;
PERL
    my $scrip = RT::Scrip->new($system);
    done('scrip', $scrip->Create(Description => 'Webhook', ScripCondition => 'On Transaction',
        ScripAction => 'User Defined', Template => 'Blank', Stage => 'TransactionCreate', Queue => 0,
        CustomPrepareCode => '1;', CustomCommitCode => $code));
}

unless (-s $token_file) {
    my $token = RT::AuthToken->new(RT::CurrentUser->new($integration->id));
    my ($ok, $why, $text) = $token->Create(Owner => $integration->id, Description => 'integration');
    done('token', $ok, $why);
    umask 077;
    open my $file, '>', $token_file or die "$token_file: $!\n";
    print $file "$text\n";
}
