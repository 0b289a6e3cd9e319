import django.core.validators
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import showfloor.accounts.mail_layout
import showfloor.accounts.models
import showfloor.accounts.segments
import showfloor.accounts.time_zones
import showfloor.kernel.ids
from django.conf import settings
from django.db import migrations, models

from showfloor.accounts.create_models import CreateModels


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_access_changes'),
        ('accounts', '0003_rate_counters'),
        ('accounts', '0004_brand_time_zone'),
        ('accounts', '0005_installation'),
        ('accounts', '0006_host_names'),
        ('accounts', '0007_account_mails'),
        ('accounts', '0008_session_round'),
        ('accounts', '0009_staff_invitations'),
        ('accounts', '0010_legal_texts'),
        ('accounts', '0011_outbox'),
        ('accounts', '0012_brand_look'),
        ('accounts', '0013_prices_include_tax'),
        ('accounts', '0014_clerk_role'),
        ('accounts', '0015_mail_layout'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='RateCounter',
                fields=[
                    ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ('value', models.TextField()),
                    ('expires_at', models.DateTimeField(db_index=True)),
                ],
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                    ('session_round', models.PositiveIntegerField(default=0, editable=False)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                },
            ),
            migrations.CreateModel(
                name='Brand',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('slug', models.SlugField(unique=True, verbose_name='address')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('tagline', models.CharField(blank=True, max_length=160, verbose_name='tagline')),
                    ('logo', models.ImageField(blank=True, upload_to='brands', verbose_name='logo')),
                    ('accent', models.CharField(default='#8c2f39', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'A colour like #8c2f39.')], verbose_name='accent colour')),
                    ('icon', models.ImageField(blank=True, help_text='Square, for browser tabs. Empty: the logo where it is square, else a letter.', upload_to='brands', verbose_name='icon')),
                    ('hero', models.ImageField(blank=True, help_text='Wide, at the top of the programme; at least 1600 pixels.', upload_to='brands', verbose_name='large picture')),
                    ('display_font', models.CharField(choices=[('warm-serif', 'Warm serif (Newsreader)'), ('fine-serif', 'Fine serif (Playfair Display)'), ('geometric', 'Geometric (Jost)'), ('plain', 'Plain, as the text (Source Sans)')], default='warm-serif', max_length=16, verbose_name='font of headings')),
                    ('host_name', models.CharField(blank=True, help_text="Address that shows this brand's programme at /; empty: the first brand's.", max_length=253, verbose_name='host name')),
                    ('host_verified_at', models.DateTimeField(editable=False, null=True, verbose_name='host name proven')),
                    ('host_token', models.CharField(default=showfloor.accounts.models.new_host_token, editable=False, max_length=32)),
                    ('currency', models.CharField(default='EUR', max_length=3, verbose_name='currency')),
                    ('tax_rate_bp', models.PositiveIntegerField(default=1900, help_text='1900 = 19 %. For countries and goods without a rate of their own.', verbose_name='tax rate, basis points')),
                    ('prices_include_tax', models.BooleanField(default=True, help_text='What a consumer pays is what you enter, as the law asks in Europe.', verbose_name='prices include tax')),
                    ('time_zone', models.CharField(default=showfloor.accounts.time_zones.installation_zone, help_text='Of the console, the back office and mails. Visitors see their own.', max_length=64, validators=[showfloor.accounts.time_zones.check_time_zone], verbose_name='time zone')),
                    ('language', models.CharField(default='en', max_length=10, verbose_name='language')),
                    ('imprint_url', models.URLField(blank=True, max_length=500, verbose_name='address of the imprint')),
                    ('terms_url', models.URLField(blank=True, max_length=500, verbose_name='address of the terms of sale')),
                    ('privacy_url', models.URLField(blank=True, max_length=500, verbose_name='address of the privacy notice')),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'verbose_name': 'brand',
                    'verbose_name_plural': 'brands',
                    'ordering': ['name'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('host_verified_at__isnull', False)), fields=('host_name',), name='verified_host_name_unique')],
                },
            ),
            migrations.CreateModel(
                name='AccessChange',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('what', models.CharField(choices=[('ban', 'Ban'), ('lift', 'Lift'), ('rights', 'Rights'), ('hidden', 'Hidden'), ('rotated', 'Rotated')], max_length=10)),
                    ('subject', models.CharField(max_length=64)),
                    ('network', models.CharField(blank=True, max_length=64)),
                    ('until', models.DateTimeField(null=True)),
                    ('at', models.DateTimeField(db_index=True)),
                    ('brand', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand')),
                ],
                options={
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Installation',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                    ('is_demo', models.BooleanField(default=False)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_installation')],
                },
            ),
            migrations.CreateModel(
                name='Ban',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('subject', models.CharField(max_length=64)),
                    ('network', models.CharField(blank=True, max_length=64)),
                    ('name', models.CharField(max_length=30, verbose_name='name')),
                    ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                    ('until', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                    ('banned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='banned by')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'ban',
                    'verbose_name_plural': 'bans',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'indexes': [models.Index(fields=['brand', 'subject'], name='accounts_ba_brand_i_5f8a45_idx'), models.Index(fields=['brand', 'network'], name='accounts_ba_brand_i_992241_idx')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='MailLayout',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('header', models.TextField(blank=True, help_text='Text; in both forms.', max_length=500, verbose_name='above the mail')),
                    ('footer', models.TextField(blank=True, help_text='Text, for example what the law asks of business letters; in both forms.', max_length=1500, verbose_name='below the mail')),
                    ('ground', models.CharField(blank=True, max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}\\Z', 'A colour like #f4f1ee.')], verbose_name='colour of the ground')),
                    ('frame', models.TextField(blank=True, help_text='In place of ours. Empty: ours, with what is entered above.', max_length=20000, validators=[showfloor.accounts.mail_layout._check_frame], verbose_name='own frame, HTML')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                ],
                options={
                    'verbose_name': 'layout of mails',
                    'verbose_name_plural': 'layouts of mails',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand',), name='mail_layout_once')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='Member',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('display_name', models.CharField(blank=True, max_length=30, verbose_name='display name')),
                    ('traits', models.JSONField(blank=True, default=list, help_text='What may open doors to them, for example ["vip", "ticket:gala"].', validators=[showfloor.accounts.segments.check_traits], verbose_name='traits')),
                    ('joined_at', models.DateTimeField(auto_now_add=True, verbose_name='joined at')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'member',
                    'verbose_name_plural': 'members',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('user', 'brand'), name='one_member_per_brand')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='StaffInvitation',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                    ('role', models.CharField(choices=[('owner', 'Owner'), ('producer', 'Producer'), ('clerk', 'Clerk'), ('moderator', 'Moderator'), ('host', 'Host')], default='host', max_length=10, verbose_name='role')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='invited at')),
                    ('expires_at', models.DateTimeField(verbose_name='good until')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                ],
                options={
                    'verbose_name': 'invitation',
                    'verbose_name_plural': 'invitations',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('brand', 'email'), name='one_invitation_per_address')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
            migrations.CreateModel(
                name='StaffRole',
                fields=[
                    ('id', models.CharField(default=showfloor.kernel.ids.new_id, editable=False, max_length=26, primary_key=True, serialize=False)),
                    ('role', models.CharField(choices=[('owner', 'Owner'), ('producer', 'Producer'), ('clerk', 'Clerk'), ('moderator', 'Moderator'), ('host', 'Host')], default='host', max_length=10, verbose_name='role')),
                    ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.brand', verbose_name='brand')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_roles', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'staff role',
                    'verbose_name_plural': 'staff',
                    'abstract': False,
                    'base_manager_name': 'unscoped',
                    'default_manager_name': 'unscoped',
                    'constraints': [models.UniqueConstraint(fields=('user', 'brand'), name='one_role_per_brand')],
                },
                managers=[
                    ('unscoped', django.db.models.manager.Manager()),
                ],
            ),
        ]),
    ]
