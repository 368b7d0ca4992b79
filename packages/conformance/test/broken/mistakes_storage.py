"""Mistakes about uploads and signatures."""
import base64
import urllib.parse

from ams_rest import blob_address, blocks, shared_key, upload
from ams_rest.odata_error import ErrorText


def sas_sorted_and_encoded_anew():
    blob_url = blob_address.blob_url

    def tidy(container_url, name):
        address, _, sas = blob_url(container_url, name).partition("?")
        return f"{address}?{urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(sas)))}"

    blob_address.blob_url = upload.blob_url = tidy


def words_for_an_empty_body():
    storage_error = upload.storage_error

    def talkative(headers, body):
        code, message = storage_error(headers, body)
        return ErrorText(code, message or "the storage service said nothing")

    upload.storage_error = talkative


def block_ids_grow():
    upload.block_id = lambda upload_id, index: base64.b64encode(b"x" * (1 + index)).decode("ascii")


def block_ids_are_numbers():
    block_id = blocks.block_id
    upload.block_id = lambda upload_id, index: block_id("", index)


def block_list_uncommitted():
    block_list = blocks.block_list
    blocks.block_list = upload.block_list = lambda ids: block_list(ids).replace("Latest", "Uncommitted")


def headers_not_sorted():
    shared_key.sorted = list


def length_zero_is_signed():
    string_to_sign = shared_key.string_to_sign

    def with_zero(*args):
        lines = string_to_sign(*args).split("\n")
        lines[3] = lines[3] or "0"
        return "\n".join(lines)

    shared_key.string_to_sign = with_zero
