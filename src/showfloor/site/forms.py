"""The form of a show, as it is posted with or without JavaScript."""

from typing import Any, override

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts.models import Brand
from showfloor.accounts.picture_field import PictureFormField
from showfloor.kernel.errors import ShowfloorError
from showfloor.playouts import queries as playouts
from showfloor.playouts import services as playing
from showfloor.shows.models import AiMade, Host, OpenTo, Show

POSITION = "position_"  # + a product's id: its place in the rundown
_COVER_SIDE_MAX = 1920  # pixels


class LocalMomentField(forms.DateTimeField):
    """A moment in the active zone, or an error that says what is wrong with it."""

    @override
    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            if error.code != "required" and parse_datetime(str(value)) is not None:
                raise forms.ValidationError(
                    _("Clocks change at this time, so it is not clear. Choose another hour.")
                ) from None
            raise


class ShowForm(forms.Form):
    """The form of a show. Times are of the active zone, the brand's."""

    TYPED = (
        "title", "starts_at", "description", "teleprompter", "open_to", "ai_made", "played_file",
        "new_host",
    )  # fmt: skip
    CHECKED = ("published", "is_test", "has_live_edge", "evens_loudness", "remove_cover")

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=120,
        widget=forms.TextInput(attrs={"class": "sf-input", "autocomplete": "off"}),
    )  # fmt: skip
    starts_at = LocalMomentField(
        label=gettext_lazy("Starts at"), required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"class": "sf-input", "type": "datetime-local"}
        ),
    )  # fmt: skip
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"class": "sf-textarea", "rows": 4}),
    )  # fmt: skip
    teleprompter = forms.CharField(
        label=gettext_lazy("Teleprompter"), max_length=20_000, required=False,
        help_text=gettext_lazy(
            "For the host's eyes alone. A line that begins with # is a cue, to which the studio"
            " jumps. Without a text the studio shows the rundown."
        ),
        widget=forms.Textarea(attrs={"class": "sf-textarea", "rows": 4}),
    )  # fmt: skip
    published = forms.BooleanField(
        label=gettext_lazy("Show it in the programme as soon as it has a time"), required=False
    )
    open_to = forms.ChoiceField(
        label=gettext_lazy("Who may watch"), required=False, choices=OpenTo.choices,
        widget=forms.Select(attrs={"class": "sf-select"}),
        help_text=gettext_lazy(
            "Everybody sees that the show is announced. A ticket is a product that gives the right"
            " to attend the show: see Rights on its page in the back office."
        ),
    )  # fmt: skip
    is_test = forms.BooleanField(
        label=gettext_lazy("A rehearsal: reachable by its address, but not in the programme"),
        required=False,
    )
    evens_loudness = forms.BooleanField(
        label=gettext_lazy("Bring the sound to one loudness"), required=False,
        help_text=gettext_lazy(
            "The server leads the volume slowly to −16 LUFS, as most platforms have it. It counts"
            " from the next time that the encoder connects."
        ),
    )  # fmt: skip
    has_live_edge = forms.BooleanField(
        label=gettext_lazy("All viewers see the picture half a second behind"), required=False,
        help_text=gettext_lazy(
            "For bids and games that go by seconds. It asks for a good line, and the first viewers"
            " get it; all others see the show a second behind, as always."
        ),
    )  # fmt: skip
    ai_made = forms.ChoiceField(
        label=gettext_lazy("Made by artificial intelligence"), required=False,
        choices=AiMade.choices, widget=forms.Select(attrs={"class": "sf-select"}),
        help_text=gettext_lazy(
            "Viewers have to be told (Regulation (EU) 2024/1689 Art. 50): the label stands on the"
            " picture, live and in the replay, and below clips. A change during the show is seen at"
            " once."
        ),
    )  # fmt: skip
    played_file = forms.ChoiceField(
        label=gettext_lazy("Play a file as live"),
        required=False,
        widget=forms.Select(attrs={"class": "sf-select"}),
    )
    cover = PictureFormField(
        label=gettext_lazy("Picture"), required=False,
        edge_max_px=_COVER_SIDE_MAX, as_format="JPEG",
        help_text=gettext_lazy("JPEG, PNG or WebP, at most 10 MB."),
        widget=forms.FileInput(
            attrs={"class": "sf-input", "accept": "image/jpeg,image/png,image/webp"}
        ),
    )  # fmt: skip
    remove_cover = forms.BooleanField(label=gettext_lazy("Take it away"), required=False)
    host_ids = forms.MultipleChoiceField(
        label=gettext_lazy("Hosts"), required=False, widget=forms.CheckboxSelectMultiple
    )
    new_host = forms.CharField(
        label=gettext_lazy("Someone new"), max_length=80, required=False,
        widget=forms.TextInput(attrs={"class": "sf-input", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(
        self, brand: Brand, data: Any = None, files: Any = None, *,
        initial: dict[str, Any] | None = None, show: Show | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, files, initial=initial, label_suffix="")
        self.product_errors: list[str] = []
        self.product_ids: list[str] = []
        hosts = self.fields["host_ids"]
        assert isinstance(hosts, forms.MultipleChoiceField)
        hosts.choices = list(Host.objects.for_brand(brand).values_list("pk", "name"))
        starts_at = self.fields["starts_at"]
        starts_at.help_text = _("Local time in %(zone)s. Without a time it stays a draft.") % {
            "zone": brand.time_zone.replace("_", " ")
        }
        self.chosen_file: playing.Chosen | None = None
        self.playout_failure = ""
        self._tries_again = False
        self._offer_files(brand, show)
        if show is not None and show.started_at is not None:
            starts_at.disabled = True
            self.initial.setdefault("starts_at", show.starts_at)
            starts_at.help_text = _("The show has begun.")

    def clean_played_file(self) -> str:
        """Look into a file that is new here, or that did not start; `changes_file` says whether
        there is something to save."""
        wanted: str = self.cleaned_data["played_file"]
        self.changes_file = "played_file" in self.changed_data or self._tries_again
        if wanted and self.changes_file:
            try:
                self.chosen_file = playing.look(self._brand, wanted)
            except ShowfloorError as error:
                raise forms.ValidationError(error.message) from None
        return wanted

    def _offer_files(self, brand: Brand, show: Show | None) -> None:
        self._brand, self.changes_file = brand, False
        field = self.fields["played_file"]
        assert isinstance(field, forms.ChoiceField)
        chosen = playouts.of_show(show) if show is not None else None
        elsewhere = _("%(name)s (in object storage)")
        files = {
            one.id: one.name if one.is_here else elsewhere % {"name": one.name}
            for one in playouts.sources(brand)
        }
        if chosen is not None:  # also one that is gone meanwhile
            files.setdefault(chosen.source, chosen.name)
            self.initial.setdefault("played_file", chosen.source)
            self.playout_failure = chosen.failure
            self._tries_again = bool(
                chosen.failure and show is not None and show.started_at is None
            )
        field.choices = [("", _("No: an encoder or the studio sends")), *files.items()]
        field.help_text = _(
            "The show starts by itself at its time, plays the file once and ends with it; people"
            " take part for real. Offered are the MP4s of your replays, and what lies in the folder"
            " as-live/%(brand)s of the server's data."
        ) % {"brand": brand.slug}

    def clean_cover(self) -> "UploadedFile[bytes] | None":
        given = self.cleaned_data["cover"]
        return given if isinstance(given, UploadedFile) else None

    @override
    def clean(self) -> dict[str, Any]:
        """Set `product_ids` from the typed places; equal places keep the order of the page."""
        places: list[tuple[int, str]] = []
        for name, typed in self.data.items():
            text = str(typed).strip()
            if not name.startswith(POSITION) or not text:
                continue
            if not (text.isascii() and text.isdigit() and len(text) <= 3):
                self._refuse_products(_("Use whole numbers for the order."))
                continue
            places.append((int(text), name.removeprefix(POSITION)))
        places.sort(key=lambda place: place[0])
        self.product_ids = [product_id for _place, product_id in places]
        return self.cleaned_data

    def refuse(self, error: ShowfloorError) -> None:
        """Put a verb's error beside its field."""
        if error.field == "product_ids":
            self._refuse_products(error.message)
        else:
            name = "new_host" if error.field == "name" else error.field
            self.add_error(name if name in self.fields else None, error.message)

    def _refuse_products(self, sentence: str) -> None:
        self.product_errors.append(sentence)
        if not self.errors.get("__all__"):
            self.add_error(None, _("See the products."))
