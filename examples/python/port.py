"""Takes part in ams-conformance: a task is read from each line of stdin, its answer written to a line of stdout."""
import base64
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from ams_rest import client, describe_token, http, odata, retry, signing, storage, token_endpoint
from ams_rest.errors import AmsError


def new_credential(settings):
    authority = {
        "tenantId": os.environ["AZURE_TENANT_ID"],
        "authorityHost": os.environ["AZURE_AUTHORITY_HOST"],
        "endpointVersion": settings.get("endpointVersion", "v2"),
    }
    secret = settings.get("clientSecret", os.environ["AZURE_CLIENT_SECRET"])
    return client.Credential(authority, os.environ["AZURE_CLIENT_ID"], secret)


def one_answer(work):
    try:
        return work()
    except AmsError as error:
        return {"error": error.describe()}


def get_token(i):
    credential = new_credential(i.get("settings", {}))
    return {"answers": [one_answer(lambda: {"token": credential.get_token(scope)}) for scope in i["scopes"]]}


def call(i):
    ams = client.AmsClient(os.environ["AMS_ENDPOINT"], new_credential(i.get("settings", {})))

    def make(one):
        entity = one.get("entity")
        path = odata.entity_path(entity["set"], entity["key"], entity.get("rest", [])) if entity else one["path"]
        status, value = ams.call(one["method"], path, one.get("query", []), one.get("body"))
        return {"status": status, "value": value}

    with ThreadPoolExecutor(len(i["calls"]) if i.get("parallel") else 1) as pool:
        return {"answers": list(pool.map(lambda one: one_answer(lambda: make(one)), i["calls"]))}


def token_request(i):
    request = token_endpoint.token_request(
        i["authority"], i["clientId"], i["clientSecret"], i["scope"], i.get("claims")
    )
    return {"url": request.url, "form": request.body.decode("ascii")}


def token_answer(i):
    return token_endpoint.judge_token_answer(i["status"], i["body"], i["sentAt"], i.get("resource"))


def retry_decision(i):
    given = i["outcome"]
    if "networkError" in given:
        outcome = http.NetworkError("cut", given["networkError"]["maybeSent"])
    else:
        outcome = http.Response(given["status"], given["headers"], given["body"].encode("utf-8"))
    repeatable = i.get("repeatable", retry.is_repeatable(i["method"]))
    delay, unknown = retry.decide(outcome, repeatable, i["retries"], i["remainingMs"], i["random"])
    return {"stop": True, "outcomeUnknown": unknown} if delay is None else {"delayMs": delay}


def upload(i):
    content = base64.b64decode(i["contentBase64"])
    storage.upload(i["containerUrl"], i["blobName"], content, i["contentType"], i.get("blockBytes", 8 * storage.MIB))


def signed(i):
    return i["account"], i["method"], i["url"], i["headers"]


def authorization(i):
    return signing.shared_key_authorization(i["account"], i["key"], i["method"], i["url"], i["headers"])


TASKS = {
    "upload": upload,
    "shared-key-get": lambda i: {"status": signing.shared_key_get(i["account"], i["key"], i["url"])},
    "blob-url": lambda i: storage.blob_url(i["containerUrl"], i["blobName"]),
    "effective-version": lambda i: storage.effective_version(i["url"], i["sentVersion"]),
    "block-plan": lambda i: storage.block_plan(i["size"], i["version"], i.get("blockBytes", 8 * storage.MIB)),
    "block-list": lambda i: storage.block_list(i["ids"]),
    "storage-error": lambda i: storage.storage_error(i["headers"], i["body"]),
    "canonicalized-headers": lambda i: signing.canonicalized_headers(i["headers"]),
    "canonicalized-resource": lambda i: signing.canonicalized_resource(i["account"], i["url"]),
    "string-to-sign": lambda i: signing.string_to_sign(*signed(i)),
    "shared-key-authorization": authorization,
    "sas-resource": lambda i: signing.sas_resource(i["version"], i["account"], i["container"], i.get("blob")),
    "service-sas-string": lambda i: signing.sas_string(signing.SERVICE, i["fields"]),
    "user-delegation-sas-string": lambda i: signing.sas_string(signing.USER_DELEGATION, i["fields"]),
    "account-sas-string": lambda i: signing.account_sas_string(i["fields"]),
    "sas-signature": lambda i: signing.signature(i["key"], i["text"]),
    "service-sas": lambda i: signing.service_sas(
        i["account"], i["key"], i["container"], i.get("blob"), i["options"]
    ),
    "account-sas": lambda i: signing.account_sas(i["account"], i["key"], i["options"]),
    "get-token": get_token,
    "call": call,
    "token-request": token_request,
    "token-answer": token_answer,
    "basic-authentication": lambda i: token_endpoint.basic_authentication(i["clientId"], i["clientSecret"]),
    "describe-token": lambda i: describe_token.describe_token(i["token"]),
    "entity-path": lambda i: odata.entity_path(i["set"], i["key"], i.get("rest", [])),
    "encode-query": lambda i: odata.encode_query(i["query"]),
    "odata-string": lambda i: odata.odata_string(i["text"]),
    "unwrap": lambda i: odata.unwrap(i["body"]),
    "odata-date": lambda i: odata.parse_date(i["value"]),
    "parse-error": lambda i: odata.parse_error(i["body"]),
    "may-send-token": lambda i: client.may_send_token(i["url"], i["allowedOrigins"]),
    "retry-after": lambda i: retry.retry_after_ms(i["headers"], i["now"]),
    "retry-decision": retry_decision,
    "redirect-decision": lambda i: {
        "root": client.moved_root(i["root"], i["status"], i["location"], i["allowedOrigins"])
    },
}


def answer(task):
    run = TASKS.get(task["name"])
    if run is None:
        return {"notAttempted": True}
    try:
        return {"output": run(task["input"])}
    except AmsError as error:
        return {"error": error.describe()}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
