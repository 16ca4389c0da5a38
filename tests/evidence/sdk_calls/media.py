"""Media files for MMS.

The SDK is given paths, knows the media types by their endings, prints every path and leaves every file open.
"""

from tests.evidence.sdk_calls.row import LocalFile, Row

PNG = LocalFile("proof of address.png", "image/png", "PNG\r\n--x\r\n")
PDF = LocalFile("menu.pdf", "application/pdf", "%PDF-1.7")

ROWS = (
    Row(
        "uploadMedia",
        "media.upload",
        required={"file": [PNG, PDF]},
        keywords={"file": "media_file"},
        wire_names={"file": "file"},
    ),
    Row("getSingleMedia", "media.get", required={"mediaId": "4bbe2a5c-0000-4000-8000-000000000001"}),
    Row("getMedia", "media.list", optional={"limit": 7, "offset": 40}, defaults={"limit": 20, "offset": 0}),
)
