"""The form that the back office's import pages share: the brand and the file."""

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from showfloor.accounts.models import Brand


class FileForm(forms.Form):
    """A file for one of the brands with these ids; a single brand is no choice."""

    bytes_max: ClassVar[int]
    too_large: ClassVar[Any]  # lazily translated
    file_help: ClassVar[Any]

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), empty_label=None,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("File"), widget=UnfoldAdminFileFieldWidget, max_length=200
    )

    def __init__(self, *args: Any, ids: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = self.file_help
        field = self.fields["brand"]
        assert isinstance(field, forms.ModelChoiceField), "declared above"
        field.queryset = Brand.objects.filter(pk__in=ids)
        if len(ids) == 1:
            field.initial = ids[0]
            field.widget = forms.HiddenInput()

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > self.bytes_max:
            raise forms.ValidationError(self.too_large)
        return file
