"""Mistakes about challenges, lists, certificates, operations and the story."""
import base64
from dataclasses import replace

import tasks_operations
from ams_rest import client, jwt, paging, story, token_endpoint
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
    token_endpoint._proof = lambda credentials: [*proof(credentials), ("client_secret", credentials.client_secret)]


def claims_challenge_ignored():
    client.claims_challenge = lambda header: None


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
