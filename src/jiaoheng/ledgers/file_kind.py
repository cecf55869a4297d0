"""File kind: what a file is by its first bytes, whatever its name says, and whether a question takes it.

Changes when another kind of file is taken. Signatures: the formats' own specifications.
"""

from pathlib import PurePosixPath

__all__ = ["ENDINGS", "kind_of", "takes"]

_SIGNS: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"ftypM4A", 4, "audio/mp4"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"\xff\xf1", 0, "audio/aac"),
    (b"#!AMR", 0, "audio/amr"),
    (b"OggS", 0, "audio/ogg"),
    (b"WAVE", 8, "audio/wav"),
    (b"fLaC", 0, "audio/flac"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/msword"),
)
_ZIPPED = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".zip": "application/zip",
}
_OLD_OFFICE = {".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint"}
_TEXTS = {".txt": "text/plain", ".csv": "text/csv"}
ENDINGS = "jpg png gif webp heic mp4 webm mp3 m4a aac amr ogg wav flac pdf docx xlsx pptx doc xls ppt zip txt csv"
"""What is taken, for sentences and for `accept`."""


def kind_of(content: bytes, name: str) -> str | None:
    """The media type by content; the name only chooses among documents that look alike. None: nothing that is taken."""
    ending = PurePosixPath(name).suffix.lower()
    found = next((kind for sign, at, kind in _SIGNS if content[at : at + len(sign)] == sign), None)
    if found == "application/zip":
        return _ZIPPED.get(ending)
    if found == "application/msword":
        return _OLD_OFFICE.get(ending)
    if found is None and ending in _TEXTS and b"\0" not in content[:4096]:
        return _TEXTS[ending]
    return found


def takes(question: str, kind: str) -> bool:
    """Does a question of this XLSForm kind (image, audio, video, file …) take a file of this media type?"""
    family = {"image": "image/", "photo": "image/", "audio": "audio/", "background-audio": "audio/", "video": "video/"}.get(question, "")
    return kind.startswith(family) or (family == "audio/" and kind == "video/mp4") or (family == "video/" and kind == "audio/mp4")
