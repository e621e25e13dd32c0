"""Files in a bucket: real HTTP to a server that speaks S3 on this machine."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen
from uuid import UUID, uuid4

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from moto.server import ThreadedMotoServer

from core import context, files
from core.errors import NotFound

PDF = b"%PDF-1.7\n" + b"x" * 40
HTML = b"<html><script>document.title = 'XSS'</script></html>"


class Failure(Exception):
    pass


@pytest.fixture
def tenant_id() -> Iterator[UUID]:
    tenant_id = uuid4()
    with context.use(tenant_id=tenant_id):
        yield tenant_id


def put(tenant_id: UUID, data: bytes, name: str) -> files.Stored:
    return files.save(tenant_id, ContentFile(data), files.DOCUMENT, name)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3 over HTTP on this machine. It checks no signatures: those are looked at in the address."""
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

    def names() -> list[str]:
        return [one["Key"] for one in client.list_objects_v2(Bucket=name).get("Contents", [])]

    yield names
    storages._storages.clear()


def save_and_fail(tenant_id: UUID) -> None:
    with transaction.atomic():
        put(tenant_id, PDF, "Manual.pdf")
        raise Failure


@pytest.mark.django_db(transaction=True)
def test_a_bucket_keeps_gives_and_forgets(bucket: Any, tenant_id: UUID) -> None:
    stored = put(tenant_id, PDF, "Manual.pdf")
    assert bucket() == [stored.name]
    assert files.exists(stored.name)
    assert files.size(stored.name) == len(PDF)
    with files.open(stored.name) as opened:
        assert opened.read() == PDF
    with pytest.raises(Failure):
        save_and_fail(tenant_id)
    assert bucket() == [stored.name]
    assert files.sweep(tenant_id, lambda names: set(), older_than=dt.timedelta(seconds=-60)) == [stored.name]
    assert bucket() == []
    with pytest.raises(NotFound):
        files.open(stored.name)


@pytest.mark.django_db
def test_a_bucket_s_address_is_signed_and_says_how_to_serve(bucket: Any, tenant_id: UUID) -> None:
    stored = put(tenant_id, HTML, "xss.html")
    link = files.signed_url(stored.name, 'a"b.html', inline=True, seconds=120)
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert query["X-Amz-Expires"] == "120"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-SignedHeaders"] == "host"
    assert re.fullmatch("[0-9a-f]{64}", query["X-Amz-Signature"])
    assert query["response-content-disposition"] == 'attachment; filename="a_b.html"'
    assert query["response-content-type"] == files.OPAQUE
    with urlopen(link) as answer:
        assert answer.read() == HTML
        assert answer.headers["Content-Disposition"] == 'attachment; filename="a_b.html"'
        assert answer.headers["Content-Type"] == files.OPAQUE
    other = files.signed_url(stored.name, "other.html", seconds=120)
    assert parse_qs(urlsplit(other).query)["X-Amz-Signature"] != [query["X-Amz-Signature"]]


@pytest.mark.django_db
def test_a_bucket_that_is_away_refuses_in_a_sentence(settings: Any, tenant_id: UUID) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": "none", "endpoint_url": "http://127.0.0.1:9", "access_key": "key", "secret_key": "s",
            },
        }
    }  # fmt: skip
    with pytest.raises(files.StorageAway):
        put(tenant_id, PDF, "Manual.pdf")
    storages._storages.clear()
