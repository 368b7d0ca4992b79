"""Mistakes about uploads and signatures."""
import base64
import itertools
import urllib.parse
from dataclasses import replace

import tasks_operations
from ams_rest import blob_address, blocks, retry, sas, shared_key, upload, wire
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


def token_beside_the_sas():
    send = retry.send_with_retry
    upload.send_with_retry = lambda request: send(
        replace(request, headers={**request.headers, "Authorization": "Bearer x"})
    )


def older_version_sent():
    upload.STORAGE_VERSION = "2018-11-09"


def limit_of_the_version_off_by_one():
    blob_address.SENT_VERSION_COUNTS_SINCE = "2014-02-15"


def signature_in_network_errors():
    without_secrets, send = upload.without_secrets, retry.send

    def with_url(request):
        try:
            return send(request)
        except wire.NetworkError as error:
            raise wire.NetworkError(f"{error.message} ({request.url})", error.maybe_sent) from None

    retry.send = with_url
    upload.without_secrets = lambda error, secrets: error if error.kind == "network" else without_secrets(error, secrets)


def blocks_of_100_mib_at_most():
    largest = blocks.largest_block
    blocks.largest_block = lambda version: min(largest(version), 100 * blocks.MIB)


def upload_with_too_many_blocks():
    plan = upload.block_plan

    def as_asked(size, version, asked_bytes):
        count = -(-size // asked_bytes)
        return blocks.BlockPlan(asked_bytes, count) if count > blocks.MOST_BLOCKS else plan(size, version, asked_bytes)

    upload.block_plan = as_asked


def hundred_thousand_blocks():
    blocks.MOST_BLOCKS = 100_000


def block_ids_longer_from_the_eleventh():
    upload.block_id = lambda upload_id, index: base64.b64encode(f"{upload_id}-{index}-".ljust(36, "x").encode()).decode() + (
        "" if index < 10 else "eHh4"
    )


def block_ids_from_a_counter():
    counter = itertools.count()
    block_id = blocks.block_id
    upload.block_id = lambda upload_id, index: block_id("", next(counter))


def content_type_on_the_blocks():
    put = upload._put

    def early(url, headers, body):
        rest = {name: value for name, value in headers.items() if name != "x-ms-blob-content-type"}
        put(url, rest if "comp=blocklist" in url else headers, body)

    upload._put = early


def blocks_sent_once():
    upload.send_with_retry = lambda request: (wire.send(request), False)


def plus_is_a_blank_in_a_signed_query():
    canonicalized = shared_key.canonicalized_resource
    shared_key.canonicalized_resource = lambda account, url: canonicalized(account, url.replace("+", "%20"))


def signature_in_base64url():
    authorization = shared_key.shared_key_authorization
    shared_key.shared_key_authorization = lambda *args: authorization(*args).replace("+", "-").replace("/", "_")


def date_beside_x_ms_date():
    send = retry.send_with_retry

    def dated(request):
        return send(replace(request, headers={**request.headers, "Date": request.headers["x-ms-date"]}))

    tasks_operations.send_with_retry = dated


def one_layout_for_all_versions():
    sas.SERVICE_LAYOUTS = [("2012-02-12", sas.SERVICE_LAYOUTS[0][1])]


def blob_prefix_in_every_version():
    resource = sas.sas_resource
    sas.sas_resource = lambda version, *names: resource("2020-12-06", *names)


def version_of_the_delegation_key_left_out():
    sas.USER_DELEGATION_LAYOUTS = [
        (version, " ".join(name for name in names.split() if name != "skv"))
        for version, names in sas.USER_DELEGATION_LAYOUTS
    ]


def account_sas_without_the_last_line_feed():
    text = sas.account_sas_string
    sas.account_sas_string = lambda fields: text(fields).removesuffix("\n")


def permissions_in_the_callers_order():
    sas.in_order = lambda letters, order: letters


def options_unsigned_in_the_query():
    sas.OPTIONAL = ()


def block_list_sent_once():
    send = upload.send_with_retry
    upload.send_with_retry = lambda request: (
        (wire.send(request), False) if "comp=blocklist" in request.url else send(request)
    )


def blanks_inside_headers_kept():
    shared_key._one_blank = str.strip


def language_before_encoding():
    encoding, language, *others = shared_key.SIGNED_HEADERS
    shared_key.SIGNED_HEADERS = (language, encoding, *others)


def encryption_scope_before_the_snapshot():
    sas.SERVICE_LAYOUTS = [
        (version, names.replace("snapshot ses", "ses snapshot")) for version, names in sas.SERVICE_LAYOUTS
    ]


def names_encoded_in_the_signed_resource():
    resource = sas.sas_resource
    sas.sas_resource = lambda version, *names: resource(
        version, *(name and urllib.parse.quote(name) for name in names)
    )


def encryption_scope_not_signed():
    sas.ACCOUNT_LAYOUTS = [(version, names.replace("ses", "none")) for version, names in sas.ACCOUNT_LAYOUTS]
