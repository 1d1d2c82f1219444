"""Fills an empty Tryton 6.0 with a small company that sells, ships and gives credit.

usage: setup.py CONFIGURATION DATABASE PASSWORD

PASSWORD is that of the user `integration`, who may do what an integration needs and administers
nothing. It works in-process through proteus; what is there already is left as it is.
"""
import datetime
import sys
from decimal import Decimal

from proteus import Model, Wizard, config

configuration, database, password = sys.argv[1:]
session = config.set_trytond(database=database, config_file=configuration)
today = datetime.date.today()


def first(model, *conditions):
    """The first record that meets the conditions, or None."""
    return next(iter(Model.get(model).find(list(conditions), limit=1)), None)


def ensure(model, key, **more):
    """The record with these key values; made when it is not there."""
    record = first(model, *[(name, '=', value) for name, value in key.items()])
    if record is None:
        record = Model.get(model)(**key, **more)
        record.save()
    return record


def make_company():
    dollar = ensure('currency.currency', {'code': 'USD'}, name='US Dollar', symbol='$',
        rounding=Decimal('0.01'), digits=2)
    euro = ensure('currency.currency', {'code': 'EUR'}, name='Euro', symbol='€',
        rounding=Decimal('0.01'), digits=2)
    for currency, rate in ((dollar, '1'), (euro, '0.9')):
        if first('currency.currency.rate', ('currency', '=', currency.id)) is None:
            Model.get('currency.currency.rate')(currency=currency, rate=Decimal(rate),
                date=datetime.date(2000, 1, 1)).save()
    for code, code3, name in (('US', 'USA', 'United States'), ('DE', 'DEU', 'Germany'),
            ('GB', 'GBR', 'United Kingdom'), ('FR', 'FRA', 'France'), ('NL', 'NLD', 'Netherlands')):
        ensure('country.country', {'code': code}, code3=code3, name=name)
    # Where tax is a matter of the state, the states are known, and an address must name one.
    states = first('country.country', ('code', '=', 'US'))
    for code, name in (('US-CA', 'California'), ('US-NY', 'New York'), ('US-TX', 'Texas')):
        ensure('country.subdivision', {'code': code}, name=name, country=states, type='state')
    if first('company.company') is None:
        wizard = Wizard('company.company.config')
        wizard.execute('company')
        wizard.form.party = ensure('party.party', {'name': 'Northwind Devices'})
        wizard.form.currency = dollar
        wizard.execute('add')
    session._context = Model.get('res.user').get_preferences(True, {})
    return first('company.company')


def make_accounts(company):
    if first('account.account', ('company', '=', company.id)) is not None:
        return
    root = first('ir.model.data', ('module', '=', 'account'), ('fs_id', '=', 'account_template_root_en'))
    wizard = Wizard('account.create_chart')
    wizard.execute('account')
    wizard.form.account_template = Model.get('account.account.template')(root.db_id)
    wizard.form.company = company
    wizard.execute('create_account')
    for name in ('receivable', 'payable'):
        setattr(wizard.form, 'account_' + name, first('account.account',
            ('type.' + name, '=', True), ('party_required', '=', True), ('company', '=', company.id)))
    wizard.execute('create_properties')


def make_deferred_revenue(company):
    """What was billed and is not earned yet: a debt, which the standard chart lacks."""
    ensure('account.account', {'name': 'Deferred Revenue'}, company=company,
        type=first('account.account.type', ('name', '=', 'Current'), ('parent.name', '=', 'Liability')),
        parent=first('account.account', ('parent', '=', None)))


def make_fiscal_year(company, number):
    name = str(number)
    if first('account.fiscalyear', ('name', '=', name)) is not None:
        return
    moves = Model.get('ir.sequence')(name='Moves ' + name, company=company,
        sequence_type=first('ir.sequence.type', ('name', '=', 'Account Move')))
    moves.save()
    invoices = Model.get('ir.sequence.strict')(name='Invoices ' + name, company=company, prefix='INV-%s-' % name,
        sequence_type=first('ir.sequence.type', ('name', '=', 'Invoice')))
    invoices.save()
    year = Model.get('account.fiscalyear')(name=name, company=company, post_move_sequence=moves,
        start_date=datetime.date(number, 1, 1), end_date=datetime.date(number, 12, 31))
    sequences, = year.invoice_sequences
    for kind in ('out_invoice', 'in_invoice', 'out_credit_note', 'in_credit_note'):
        setattr(sequences, kind + '_sequence', invoices)
    year.save()
    year.click('create_period')


def make_terms():
    for name, days in (('Immediate', 0), ('Net 30', 30), ('Net 60', 60)):
        if first('account.invoice.payment_term', ('name', '=', name)) is None:
            term = Model.get('account.invoice.payment_term')(name=name)
            line = term.lines.new(type='remainder')
            if days:
                line.relativedeltas.new(days=days)
            term.save()


def make_category(name, taxes):
    category = first('product.category', ('name', '=', name), ('accounting', '=', True))
    if category is None:
        category = Model.get('product.category')(name=name, accounting=True,
            account_revenue=first('account.account', ('type.revenue', '=', True)),
            account_expense=first('account.account', ('type.expense', '=', True)))
        for tax in taxes:
            category.customer_taxes.append(Model.get('account.tax')(tax.id))
        category.save()
    return category


def make_tax():
    tax = first('account.tax', ('name', '=', 'Sales tax 20%'))
    if tax is None:
        account = first('account.account', ('name', '=', 'Main Tax'))
        tax = Model.get('account.tax')(name='Sales tax 20%', description='Sales tax 20%',
            type='percentage', rate=Decimal('0.2'), invoice_account=account, credit_note_account=account)
        tax.save()
    return tax


kits = {'KIT-10': {'GW-100': 1, 'SN-200': 10}, 'KIT-20': {'GW-100': 1, 'AN-300': 2}}


def make_products():
    unit = first('product.uom', ('symbol', '=', 'u'))
    plain, taxed = make_category('Subscriptions', []), make_category('Taxed goods', [make_tax()])
    for code, name, kind, price, category in (
            ('PL-ANNUAL', 'Platform, annual', 'service', '4800.00', plain),
            ('PL-PLUS', 'Platform Plus, annual', 'service', '9600.00', plain),
            ('IM-STD', 'Implementation day', 'service', '1180.00', taxed),
            ('GW-100', 'Edge gateway', 'goods', '890.00', taxed),
            ('SN-200', 'Line sensor', 'goods', '64.50', taxed),
            ('AN-300', 'Long-range antenna', 'goods', '139.90', taxed),
            ('KIT-10', 'Starter kit', 'kit', '1450.00', taxed),
            ('KIT-20', 'Field kit', 'kit', '1120.00', taxed)):
        if first('product.product', ('code', '=', code)) is not None:
            continue
        template = Model.get('product.template')(name=name, default_uom=unit, list_price=Decimal(price),
            type=kind, salable=True, account_category=category)
        product, = template.products
        product.suffix_code = code
        if kind == 'kit':
            for part, quantity in kits[code].items():
                template.components.new(product=first('product.product', ('code', '=', part)),
                    quantity=quantity, fixed=True)
        template.save()


def make_stock():
    """Gateways and sensors, and not one antenna: KIT-20 cannot be delivered."""
    storage = first('stock.location', ('code', '=', 'STO'))
    if first('stock.inventory', ('location', '=', storage.id)) is not None:
        return
    inventory = Model.get('stock.inventory')(location=storage, date=today)
    for code, quantity in (('GW-100', 400), ('SN-200', 9000)):
        inventory.lines.new(product=first('product.product', ('code', '=', code)), quantity=quantity)
    inventory.click('confirm')


def make_relations():
    """A parent account and its subsidiary, each the other's reverse."""
    if first('party.relation.type', ('name', '=', 'Subsidiary of')) is None:
        subsidiary = ensure('party.relation.type', {'name': 'Subsidiary of'})
        parent = ensure('party.relation.type', {'name': 'Parent of'}, reverse=subsidiary)
        subsidiary.reverse = parent
        subsidiary.save()
    # A person is a contact of its firm; who wants no letters stands in a category.
    ensure('party.relation.type', {'name': 'Contact of'})
    ensure('party.category', {'name': 'No marketing'})


def make_salesperson(company):
    """Whoever sells: no opportunity goes on without one."""
    if first('company.employee', ('company', '=', company.id)) is None:
        Model.get('company.employee')(company=company, party=ensure('party.party', {'name': 'Sally Seller'})).save()


def make_user(company):
    if first('res.user', ('login', '=', 'integration')) is not None:
        return
    user = Model.get('res.user')(name='Integration', login='integration', password=password)
    for name in ('Sales', 'Sales Administrator', 'Sale Opportunity', 'Account', 'Account Administration',
            'Party Administration', 'Product Administration', 'Project Administration', 'Stock'):
        user.groups.append(first('res.group', ('name', '=', name)))
    user.companies.append(Model.get('company.company')(company.id))
    user.company = company
    user.save()


company = make_company()
make_accounts(company)
make_deferred_revenue(company)
# What is sold today is earned over years, and what began last year ends today.
for number in range(today.year - 1, today.year + 4):
    make_fiscal_year(company, number)
make_terms()
make_products()
make_stock()
make_relations()
settings = Model.get('sale.configuration')(1)
settings.sale_invoice_method = settings.sale_shipment_method = 'order'
settings.save()
make_salesperson(company)
make_user(company)
