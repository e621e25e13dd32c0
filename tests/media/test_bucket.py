"""Files in a bucket: presigned uploads over real HTTP to a server that speaks S3 on this machine, and nothing believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import boto3
import pytest
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from core import security, uploads
from media import actions, naming, sweeping
from media.models import MediaAccount, MediaFile
from tests.house import House
from tests.media_files import HTML, PDF, picture
from workorders import actions as work
from workorders import gallery


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, settings: Any) -> Iterator[Any]:
    name = f"files-{uuid4()}"
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-west-1"}
    client = boto3.client("s3", endpoint_url=s3, **keys)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": name, "endpoint_url": s3, "region_name": "eu-west-1", "access_key": "key",
                "secret_key": "secret", "file_overwrite": False, "querystring_auth": True, "default_acl": None,
                "signature_version": "s3v4",
            },
        }
    }  # fmt: skip
    storages._storages.clear()

    def names() -> list[str]:
        return sorted(one["Key"] for one in client.list_objects_v2(Bucket=name).get("Contents", []))

    yield names
    storages._storages.clear()


@pytest.fixture
def house(committed: None) -> House:
    made = House.build()
    made["technician"]
    return made


def promise(house: House, size: int, content_type: str) -> tuple[MediaFile, str]:
    with house.inside():
        return actions.promise(
            by=house["technician"], tenant_id=house.tenant.pk, name="a", content_type=content_type, size=size
        )


def send(address: str, data: bytes, content_type: str) -> int:
    request = Request(address, data, {"Content-Type": content_type}, method="PUT")
    with urlopen(request) as answer:
        return int(answer.status)


def collected(house: House, file: MediaFile) -> MediaFile:
    with house.inside():
        actions.collect([file], by=None)
    found: MediaFile = house.read(file)
    return found


def used(house: House) -> int:
    with house.inside():
        return MediaAccount.objects.values_list("used_bytes", flat=True).get()


def test_the_address_is_signed_for_type_and_size(house: House, bucket: Any) -> None:
    file, address = promise(house, len(PDF), "application/pdf")
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert query["X-Amz-SignedHeaders"] == "content-length;content-type;host"
    assert query["X-Amz-Expires"] == "900"
    assert urlsplit(address).path.endswith(file.stored_name)


def test_what_arrives_is_taken_out_of_reach_and_looked_at(house: House, bucket: Any) -> None:
    file, address = promise(house, len(PDF), "application/pdf")
    assert collected(house, file).state == "awaited"
    assert send(address, PDF, "application/pdf") == 200
    found = collected(house, file)
    assert (found.state, found.size) == ("ready", len(PDF))
    assert bucket() == [found.stored_name]
    # The address still works with the bucket, and reaches nothing: the file stays what it was.
    assert send(address, HTML, "application/pdf") == 200
    with urlopen(addresses(house, found)[0]) as answer:
        assert answer.read() == PDF
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert used(house) == len(PDF)


def addresses(house: House, file: MediaFile) -> tuple[str, str]:
    names = ("stored_name", "thumbnail_name", "original_name", "state", "kind")
    with house.inside():
        return naming.urls({name: getattr(file, name) for name in names})


@pytest.mark.parametrize(
    ("content_type", "data", "announced"),
    [
        ("image/png", HTML, len(HTML)),
        ("application/pdf", picture("PNG"), len(picture("PNG"))),
        ("application/pdf", PDF + b"x" * 5000, len(PDF)),
        ("image/png", b"", 10),
    ],
)
def test_the_bucket_is_not_believed(house: House, bucket: Any, content_type: str, data: bytes, announced: int) -> None:
    file, address = promise(house, announced, content_type)
    assert send(address, data, content_type) == 200
    found = collected(house, file)
    assert (found.state, found.stored_name) == ("refused", "")
    assert found.refusal
    assert (bucket(), used(house)) == ([], 0)


def test_a_picture_is_prepared_from_the_bucket(house: House, bucket: Any) -> None:
    data = picture("JPEG")
    file, address = promise(house, len(data), "image/jpeg")
    assert send(address, data, "image/jpeg") == 200
    assert collected(house, file).state == "processing"
    with house.inside():
        done = actions.prepare(file.pk, by=None)
    assert done is not None
    assert bucket() == sorted([done.stored_name, done.thumbnail_name])
    original, thumbnail = addresses(house, done)
    for address, kind in ((original, "image/jpeg"), (thumbnail, "image/webp")):
        with urlopen(address) as answer:
            assert answer.headers["Content-Type"] == kind
            assert answer.headers["Content-Disposition"].startswith("inline")


def test_the_list_and_the_sweep_take_in_what_arrived(house: House, bucket: Any) -> None:
    job = house.work("in_progress", to="technician")
    seen = house.last_event()
    given = {"by": house["technician"], "name": "a.pdf", "content_type": "application/pdf", "size": len(PDF)}
    with house.inside():
        promised = [work.promise_media(job, **given) for _ in range(2)]
    send(promised[0][1], PDF, "application/pdf")
    with house.inside():
        gallery.collect(job, house["technician"])
    assert [house.read(link.file).state for link, _ in promised] == ["ready", "awaited"]
    send(promised[1][1], PDF, "application/pdf")
    sweeping.tend(house.tenant.pk)
    assert house.read(promised[1][0].file).state == "ready"
    told = [kind for kind, *_ in house.events(after=seen)]
    assert told == ["work_order.media_added"] * 2
    assert house.read(job).version == job.version + 2


def test_pages_may_show_what_the_bucket_gives(bucket: Any, settings: Any) -> None:
    settings.S3_BUCKET = "files"
    origin = uploads.origin()
    assert origin.startswith("http://127.0.0.1:")
    assert f"img-src 'self' {origin} data:" in security.policy()
    assert f"media-src 'self' {origin} blob:" in security.policy()
    settings.S3_BUCKET = ""
    assert security.policy() == security.POLICY
