import { closest, didYouMean } from "../../errors/did-you-mean.ts";

/** What other products call a key, kind or value of ours: told only where ours may stand. */
const otherWords: readonly (readonly [ours: string, theirs: string])[] = [
  // Kinds of step.
  ["call", "uses use action operation http request invoke activity connector function"],
  ["map", "bloblang transform translate mapping jq script processor"],
  ["set", "assign variable variables vars let put"],
  ["require", "validate check assert guard ensure"],
  ["route", "switch choice choose case branch condition decision then else"],
  ["parallel", "fork concurrent gather"],
  ["split", "foreach for loop each iterate repeat"],
  ["run", "subflow workflow flow child execute service"],
  ["emit", "publish produce send event dispatch"],
  ["listen", "receive await waitfor subscribe callback"],
  ["wait", "sleep delay pause timer"],
  ["task", "approval approve usertask humantask human manual"],
  ["remember", "save store state persist"],
  ["respond", "return reply response answer"],
  ["fail", "throw raise error abort"],
  ["stop", "end exit terminate finish"],
  // Keys of steps, and of what stands in them.
  ["if", "when condition onlyif where"],
  ["with", "body data payload args arguments params parameters input inputs"],
  ["undo", "compensate compensation rollback revert"],
  ["max", "attempts maxattempts retries maxretries maximumattempts times tries"],
  ["backoff", "delay interval initialinterval initialdelay wait"],
  ["factor", "multiplier coefficient backoffcoefficient"],
  ["limit", "maxinterval maxdelay maximuminterval maxbackoff"],
  ["within", "timeout deadline expires"],
  ["team", "assignee assignedto group"],
  ["choices", "options answers outcomes"],
  ["from", "items over collection list source in"],
  ["to", "target destination"],
  ["steps", "do then tasks actions"],
  ["when", "if condition match"],
  ["status", "statuscode"],
  ["continue", "ignore skip"],
  ["else", "default otherwise"],
  ["done", "success succeeded ok completed complete"],
  ["failed", "failure error"],
  ["body", "json data payload form content"],
  ["message", "data payload"],
  // Keys of documents.
  ["trigger", "on when start"],
  ["emits", "events produces publishes outputs"],
  ["key", "partitionkey orderingkey partition"],
  ["idempotency", "dedupe deduplication idempotencykey"],
  ["on-error", "onfailure errorhandler catch rescue"],
  ["owner", "team maintainer responsible"],
  ["description", "name title comment label summary"],
  ["plays", "implements role system provides"],
  ["base-url", "url endpoint host server baseuri"],
  ["schedule", "cron timer"],
  ["zone", "timezone tz"],
  ["every", "interval"],
  ["default", "value fallback defaultvalue initial"],
  ["outcome", "status result ends"],
  ["read", "get fetch query list search"],
  ["create", "insert add new post"],
  ["update", "write modify patch put change"],
  ["env", "environment environmentvariables variables config"],
  // Log-ins.
  ["oauth2", "oauth"],
  ["secret", "clientsecret"],
  ["client", "clientid"],
  ["grant", "granttype"],
  ["token-url", "token tokenendpoint tokenuri url"],
  ["user", "username login"],
];

const plain = (word: string): string => word.toLowerCase().replaceAll(/[-_ ]/g, "");

/** Our word for what other products call so, if it is one of the candidates. */
export function otherWord(word: string, candidates: readonly string[]): string | undefined {
  const sought = plain(word);
  if (candidates.some((one) => plain(one) === sought)) return undefined;
  return otherWords.find(
    ([ours, theirs]) => candidates.includes(ours) && theirs.split(" ").includes(sought),
  )?.[0];
}

/** The candidate that was most likely meant: another product's word for it, or a slip of the pen. */
export function meantWord(word: string, candidates: readonly string[]): string | undefined {
  return otherWord(word, candidates) ?? closest(word, candidates);
}

/** ` Did you mean "x"?`, or nothing. */
export function guess(word: string, candidates: readonly string[]): string {
  const other = otherWord(word, candidates);
  return other === undefined ? didYouMean(word, candidates) : `. Did you mean "${other}"?`;
}
