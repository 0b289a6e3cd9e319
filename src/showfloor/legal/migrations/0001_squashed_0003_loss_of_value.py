import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import showfloor.kernel.ids
import showfloor.legal.models
from django.conf import settings
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('legal', '0001_initial'),
        ('legal', '0002_one_seller'),
        ('legal', '0003_loss_of_value'),
    ]

    dependencies = [
        ('accounts', '0001_squashed_0015_mail_layout'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='LegalOverride',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('at', models.DateTimeField(auto_now_add=True, verbose_name='at')),
                    ('missing', models.JSONField(default=list, verbose_name='missing texts')),
                    ('reason', models.CharField(max_length=300, verbose_name='reason')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'override of missing texts',
                    'verbose_name_plural': 'overrides of missing texts',
                    'ordering': ['-at', '-pk'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='LegalText',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('kind', models.CharField(choices=[('imprint', 'Imprint'), ('terms', 'Terms of sale'), ('privacy', 'Privacy'), ('withdrawal', 'Right of withdrawal'), ('shipping', 'Shipping and returns')], max_length=12, verbose_name='text')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('draft', models.TextField(blank=True, verbose_name='draft')),
                    ('names_loss', models.BooleanField(default=False, help_text='By handling beyond a check of the goods (§ 357a BGB). Only orders made under a version that says so allow a deduction from a refund.', verbose_name='says that buyers pay for a loss of value')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'legal text',
                    'verbose_name_plural': 'legal texts',
                    'ordering': ['kind', 'language'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'kind', 'language'), name='legal_text_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='LegalVersion',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('number', models.PositiveIntegerField(verbose_name='version')),
                    ('body', models.TextField(verbose_name='text')),
                    ('names_loss', models.BooleanField(default=False, verbose_name='says that buyers pay for a loss of value')),
                    ('published_at', models.DateTimeField(verbose_name='published at')),
                    ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                    ('text', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='legal.legaltext')),
                ],
                options={
                    'verbose_name': 'published version',
                    'verbose_name_plural': 'published versions',
                    'ordering': ['-number'],
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('text', 'number'), name='legal_version_number')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='SellerProfile',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('company', models.CharField(blank=True, help_text='With its legal form, as it stands in the register.', max_length=120, verbose_name='company name')),
                    ('line1', models.CharField(blank=True, max_length=120, verbose_name='street and number')),
                    ('line2', models.CharField(blank=True, max_length=120, verbose_name='address, second line')),
                    ('postal_code', models.CharField(blank=True, max_length=16, verbose_name='postal code')),
                    ('city', models.CharField(blank=True, max_length=80, verbose_name='city')),
                    ('country', models.CharField(blank=True, help_text='Two letters, for example DE. Empty: the strictest rules hold.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\Z', 'Two capital letters, for example DE.')], verbose_name='country of the company')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail for questions')),
                    ('phone', models.CharField(blank=True, max_length=40, verbose_name='telephone')),
                    ('managed_by', models.CharField(blank=True, max_length=160, verbose_name='represented by')),
                    ('registration', models.CharField(blank=True, help_text='For example: District court of Cologne, HRB 12345.', max_length=160, verbose_name='register and number')),
                    ('vat_number', models.CharField(blank=True, help_text="An invoice needs it, or the tax number. The EU's register proves its checks of buyers' numbers only to a seller that names its own.", max_length=20, validators=[showfloor.legal.models._check_vat_number], verbose_name='own VAT number')),
                    ('tax_number', models.CharField(blank=True, max_length=30, verbose_name='tax number')),
                    ('exempt_note', models.CharField(blank=True, help_text='Only for small businesses that charge none: the sentence with the clause.', max_length=200, verbose_name='reason for no tax')),
                    ('ships_from', models.CharField(blank=True, help_text='Empty: the country of the company.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\Z', 'Two capital letters, for example DE.')], verbose_name='country that goods leave')),
                    ('sells_to', models.CharField(choices=[('consumers', 'Consumers'), ('businesses', 'Businesses only'), ('nobody', 'Nobody: it only shows')], default='consumers', max_length=10, verbose_name='sells to')),
                    ('withdrawal_days', models.PositiveSmallIntegerField(default=14, help_text='From the day on which the goods arrive; the law asks for 14 at least.', validators=[django.core.validators.MinValueValidator(14), django.core.validators.MaxValueValidator(366)], verbose_name='withdrawal period, days')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': "seller's details",
                    'verbose_name_plural': "seller's details",
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand',), name='one_legal_profile_per_brand')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
