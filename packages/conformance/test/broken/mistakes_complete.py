"""Mistakes about challenges, lists, certificates, operations and the story."""
import base64
import re
import types
from dataclasses import replace

import tasks_operations
from ams_rest import challenge, client, jwt, paging, rsa, story, token_endpoint
from ams_rest.errors import AmsError


def basic_without_form_encoding():
    def plainly(credentials):
        pair = f"{credentials.client_id}:{credentials.client_secret}"
        return "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")

    token_endpoint.basic_authorization = plainly


def basic_pair_stays_in_the_form():
    build = token_endpoint.token_request

    def both(authority, credentials, scope, claims=None):
        request = build(authority, replace(credentials, basic=False), scope, claims)
        if credentials.basic:
            request.headers["Authorization"] = token_endpoint.basic_authorization(credentials)
        return request

    token_endpoint.token_request = both


def secret_beside_the_assertion():
    proof = token_endpoint._proof

    def both(credentials):
        beside = [("client_secret", credentials.client_secret)] if credentials.client_assertion else []
        return [*proof(credentials), *beside]

    token_endpoint._proof = both


def claims_challenge_ignored():
    client.claims_challenge = lambda header: None


def thumbprint_of_the_pem_text():
    def from_pem(pem, label):
        return pem.encode("ascii") if label == "CERTIFICATE" else read(pem, label)

    read = rsa.from_pem
    rsa.from_pem = from_pem


def one_assertion_id():
    jwt.uuid = types.SimpleNamespace(uuid4=lambda: "00000000-0000-4000-8000-000000000000")


def salt_of_twenty_bytes():
    rsa.SALT_BYTES = 20


def claims_found_by_a_pattern():
    def found(header):
        claims = re.search('claims="([^"]+)"', header)
        return claims and challenge.claims_challenge(f'Bearer error="insufficient_claims", claims="{claims[1]}"')

    client.claims_challenge = found


def first_page_is_all():
    def first(ams_client, path, query, page_size):
        return ams_client.call("GET", path, [*query, ("$top", page_size)]).value

    tasks_operations.list_all = first


def pages_overlap():
    call = client.AmsClient.call

    def one_too_early(self, method, path, query=(), body=None):
        earlier = [(name, value - 1 if name == "$skip" and value else value) for name, value in query]
        return call(self, method, path, earlier, body)

    client.AmsClient.call = one_too_early


def top_of_the_caller_ignored():
    number = paging._number
    paging._number = lambda query, name: None if name == "$top" else number(query, name)


def options_on_the_first_page_alone():
    call = client.AmsClient.call

    def forgetful(self, method, path, query=(), body=None):
        later = dict(query).get("$skip")
        kept = [(name, value) for name, value in query if not later or name in ("$skip", "$top")]
        return call(self, method, path, kept, body)

    client.AmsClient.call = forgetful


def next_link_ignored():
    client.has_next_link = lambda body: False


def thumbprint_of_the_hexadecimal_text():
    assertion_header = jwt.assertion_header

    def of_text(certificate, *more):
        text = certificate._replace(sha256=certificate.sha256.hex().encode(), sha1=certificate.sha1.hex().encode())
        return assertion_header(text, *more)

    jwt.assertion_header = of_text


def asset_id_without_quotes():
    story.odata_string = lambda text: text


def first_processor():
    story.newest = lambda processors: processors[0]


def versions_compared_as_text():
    story.version_numbers = lambda version: version


def published_before_the_job_is_finished():
    story.Story._wait_for = lambda self, job: None


def published_after_a_failed_job():
    wait_for = story.Story._wait_for

    def ended_is_ended(self, job):
        try:
            wait_for(self, job)
        except AmsError:
            pass

    story.Story._wait_for = ended_is_ended


def published_with_a_policy_that_writes():
    story.READ = story.WRITE


def policies_left_behind():
    clean_up = story.Story.clean_up

    def forgetful(self):
        self._policies.clear()
        return clean_up(self)

    story.Story.clean_up = forgetful


def all_left_behind_after_a_failure():
    wait_for = story.Story._wait_for

    def failing(self, job):
        try:
            wait_for(self, job)
        except AmsError:
            story.Story.clean_up = lambda self: []
            raise

    story.Story._wait_for = failing


def clean_up_stops_at_a_failure():
    call = client.AmsClient.call
    failed = set()

    def discouraged(self, method, path, query=(), body=None):
        if method == "DELETE" and id(self) in failed:
            raise AmsError("service", "not tried")
        try:
            return call(self, method, path, query, body)
        except AmsError:
            if method == "DELETE":
                failed.add(id(self))
            raise

    client.AmsClient.call = discouraged


def failed_operation_is_a_success():
    call_and_wait = tasks_operations.call_and_wait

    def calm(*args):
        try:
            return call_and_wait(*args)
        except AmsError:
            return "Failed"

    tasks_operations.call_and_wait = calm


def operation_not_waited_for():
    def at_once(ams_client, method, path, poll_ms):
        ams_client.call(method, path)
        return "Succeeded"

    tasks_operations.call_and_wait = at_once


def token68_dropped():
    parse = challenge.parse_challenges
    challenge.parse_challenges = lambda header: [one._replace(token68=None) for one in parse(header)]


def claims_of_any_error():
    find = challenge.claims_challenge
    challenge.claims_challenge = lambda header: find(header.replace("invalid_token", "insufficient_claims"))


def claims_not_checked():
    def as_they_came(header):
        return "{}" if 'claims="{}"' in header else find(header)

    find = client.claims_challenge
    client.claims_challenge = as_they_came


def assertion_in_milliseconds():
    claims = jwt.assertion_claims

    def long(*args):
        made = claims(*args)
        return {**made, "nbf": made["nbf"] * 1000, "exp": made["exp"] * 1000}

    jwt.assertion_claims = long


def signing_input_padded():
    jwt.base64url = lambda data: base64.urlsafe_b64encode(data).decode("ascii")


def token_at_the_streaming_endpoint():
    send = story.send_with_retry
    story.send_with_retry = lambda request: send(
        replace(request, headers={**request.headers, "Authorization": "Bearer x"})
    )


def left_behind_without_a_word():
    clean_up = story.Story.clean_up

    def silent(self):
        clean_up(self)
        return []

    story.Story.clean_up = silent


def asks_until_an_empty_page():
    paging.is_last = lambda count, asked, has_more: count == 0


def long_page_cut():
    call = client.AmsClient.call

    def cut(self, method, path, query=(), body=None):
        answer = call(self, method, path, query, body)
        top = dict(query).get("$top")
        return replace(answer, value=answer.value[:top]) if top and isinstance(answer.value, list) else answer

    client.AmsClient.call = cut


def parts_to_sign_padded():
    def padded(header_json, claims_json):
        parts = (base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii") for text in (header_json, claims_json))
        return ".".join(parts)

    jwt.signing_input = padded


def uploaded_with_a_policy_that_reads_too():
    story.WRITE = 3


def failed_job_is_a_broken_promise():
    wait_for = story.Story._wait_for

    def indignant(self, job):
        try:
            wait_for(self, job)
        except AmsError as error:
            raise AmsError("protocol", error.message) from None

    story.Story._wait_for = indignant
