"""Settings: typed, and what cannot be used is said at start with the variable's name."""

from pathlib import Path

import pytest

from showfloor.kernel.settings import SettingError, load, read_env_file


def test_values_have_their_type() -> None:
    settings = load(
        {
            "PORT": "8080",
            "SHOWFLOOR_ALLOWED_HOSTS": "a.example, b.example",
            "SHOWFLOOR_DEBUG": "yes",
            "SHOWFLOOR_PURGE_URLS": "http://10.0.0.7:6081/, https://cache.example",
        }
    )
    assert settings.port == 8080
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.debug is True
    assert settings.purge_urls == ("http://10.0.0.7:6081", "https://cache.example")
    assert settings.data_dir == Path("var").resolve()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("SHOWFLOOR_DEBUG", "perhaps"),
        ("SHOWFLOOR_LADDER", "720"),
        ("SHOWFLOOR_LADDER", "720:2500,720:1200"),
        ("SHOWFLOOR_INGEST_SILENCE_S", "nan"),
        ("SHOWFLOOR_TRANSLATE_URL", "off"),
        ("SHOWFLOOR_DRAND_URL", "none"),
        ("SHOWFLOOR_TRANSLATE_URL", "ftp://translate.example"),
        ("SHOWFLOOR_TRANSLATE_URL", "https://me:secret@translate.example"),
        ("SHOWFLOOR_TRANSLATE_URL", "https://translate.example/?key=1"),
        ("SHOWFLOOR_PURGE_URLS", "cache:6081"),
        ("SHOWFLOOR_PURGE_URLS", "http://cache:0"),
        ("SHOWFLOOR_PURGE_URLS", "http://cache:port"),
        ("SHOWFLOOR_PURGE_URLS", "http://cache/timeline/"),
        ("SHOWFLOOR_PURGE_URLS", "http://me:secret@cache"),
    ],
)
def test_unusable_setting_is_named(name: str, raw: str) -> None:
    with pytest.raises(SettingError, match=rf"^{name}: "):
        load({name: raw})


def test_old_name_of_a_setting_is_refused_with_its_new_one() -> None:
    old, new = "SHOWFLOOR_DEAL_UNPROVEN_DELAY_MS", "SHOWFLOOR_UNPROVEN_DELAY_MS"
    with pytest.raises(SettingError, match=rf"^{old}: it is called {new} now"):
        load({old: "0", new: "8000"})
    assert load({old: " "}).unproven_delay_ms == 8000


def test_what_is_there_by_default_is_turned_off_by_a_word() -> None:
    asked = [
        load({"SHOWFLOOR_DRAND_URL": raw}).drand_url for raw in ("", "off", "https://d.example/")
    ]
    assert asked == ["https://api.drand.sh", "", "https://d.example"]


def test_a_file_of_settings(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nPORT=8080\nexport EMAIL_FROM='shop@a.example'\n\n")
    assert read_env_file(file) == {"PORT": "8080", "EMAIL_FROM": "shop@a.example"}
    file.write_text("PORT 8080\n")
    with pytest.raises(SettingError, match="line 1"):
        read_env_file(file)
