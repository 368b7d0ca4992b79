"""Mistakes about tokens, requests and errors."""
import os
import time
import urllib.parse
from dataclasses import replace
from datetime import datetime

from ams_rest import client, odata, token_cache, token_endpoint


def no_percent_encoding():
    def plainly(fields):
        text = "&".join(f"{name}={value}" for name, value in fields)
        return text.encode("ascii", "ignore").decode("ascii")

    token_endpoint.form_encode = plainly


def resource_with_a_slash():
    target_field = token_endpoint.target_field

    def normalised(version, scope):
        name, target = target_field(version, scope)
        return (name, target.rstrip("/") + "/")

    token_endpoint.target_field = normalised


def numbers_must_be_numbers():
    token_endpoint._seconds = lambda value: value if type(value) is int else None


def ignores_the_servers_clock():
    token_endpoint.http_date = lambda value: None


def secret_in_errors():
    client.without_secrets = lambda error, secrets: error


def path_as_given():
    client.is_relative_path = lambda path: True


def token_in_errors():
    without_secrets = client.without_secrets
    client.without_secrets = lambda error, secrets: without_secrets(error, secrets[:2])


def versions_left_out():
    client.HEADERS = {"Accept": client.HEADERS["Accept"]}


def quotes_not_doubled():
    odata.entity_path = lambda set_name, key, rest=(): "/".join(
        [f"{set_name}('{odata.percent_encode(key)}')", *rest]
    )


def plus_for_space():
    odata.percent_encode = lambda text, keep="": urllib.parse.quote_plus(text, safe=keep)


def light_envelope_stays_on():
    odata.unwrap = client.unwrap = lambda body: body.get("d", body) if isinstance(body, dict) else body


def every_value_is_the_answer():
    unwrap = odata.unwrap

    def greedy(body):
        is_light = isinstance(body, dict) and "odata.metadata" in body and "value" in body
        return body["value"] if is_light else unwrap(body)

    odata.unwrap = client.unwrap = greedy


def empty_body_is_parsed():
    judge_answer = client.judge_answer
    client.judge_answer = lambda response, unknown: judge_answer(
        response if response.status >= 400 else replace(response, body=response.body or b" "), unknown
    )


def naive_date():
    os.environ["TZ"] = "Etc/GMT-2"
    time.tzset()
    from_iso_8601 = odata._from_iso_8601

    def local(match):
        if match[0][-1:] == "Z" or match[8]:
            return from_iso_8601(match)
        return int(datetime.fromisoformat(match[0][:23]).timestamp() * 1000)

    odata._from_iso_8601 = local


def no_second_try_after_401():
    get = token_cache.TokenCache.get
    token_cache.TokenCache.get = lambda self, scope, refused=None, claims=None: get(self, scope)
