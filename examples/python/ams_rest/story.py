"""Upload, encode, publish: the story that all of it is for."""

from __future__ import annotations

import mimetypes
import time
from typing import Any, Iterable
from xml.sax.saxutils import quoteattr

from .client import AmsClient
from .encoding import percent_encode
from .errors import AmsError
from .odata import entity_path, odata_string
from .paging import list_all
from .retry import send_with_retry
from .upload import upload
from .wire import Request

WRITE, READ = 2, 1
SAS, ORIGIN = 1, 2
FINISHED, FAILED, CANCELLED = 3, 4, 5

UPLOAD_MINUTES = 120
PUBLISHED_MINUTES = 30 * 24 * 60


class Story:
    """One run. It remembers what it created, to delete it in the end."""

    def __init__(self, client: AmsClient, name: str, poll_ms: float) -> None:
        self._client = client
        self._name = name
        self._poll_ms = poll_ms
        self._locators: list[str] = []
        self._policies: list[str] = []
        self._jobs: list[str] = []
        self._assets: list[str] = []

    def upload(self, file_name: str, content: bytes) -> dict[str, Any]:
        """The source asset. Without CreateFileInfos it would have no files, and the job would fail."""
        asset = self._create("Assets", {"Name": f"{self._name}-source"}, self._assets)
        locator = self._locate(asset, SAS, WRITE, UPLOAD_MINUTES)
        content_type = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        upload(locator["Path"], file_name, content, content_type)
        self._client.call("GET", "CreateFileInfos", [("assetid", odata_string(asset["Id"]))])
        return asset

    def encode(self, source: dict[str, Any], processor: str, preset: str) -> dict[str, Any]:
        """The asset that the job made."""
        task = {
            "Name": f"{self._name}-job task",
            "Configuration": preset,
            "MediaProcessorId": self._processor_id(processor),
            "TaskBody": task_body(f"{self._name}-encoded"),
        }
        source_uri = self._client.root + entity_path("Assets", source["Id"])
        inputs = [{"__metadata": {"uri": source_uri}}]
        body = {"Name": f"{self._name}-job", "InputMediaAssets": inputs, "Tasks": [task]}
        job = self._create("Jobs", body, self._jobs)
        self._wait_for(job)
        path = entity_path("Jobs", job["Id"], ["OutputMediaAssets"])
        outputs: list[dict[str, Any]] = self._client.call("GET", path).value
        self._assets.extend(asset["Id"] for asset in outputs)
        return outputs[0]

    def publish(self, asset: dict[str, Any]) -> str:
        """The address below which the asset's files are."""
        locator = self._locate(asset, ORIGIN, READ, PUBLISHED_MINUTES)
        return str(locator["Path"])

    def read_back(self, asset: dict[str, Any], path: str, size: int) -> bytes:
        """The file of that size, through the streaming endpoint, which takes no token. Sizes come as strings."""
        for file in list_all(self._client, entity_path("Assets", asset["Id"], ["Files"])):
            if file["ContentFileSize"] == str(size):
                return download(f"{path.rstrip('/')}/{percent_encode(file['Name'])}")
        raise AmsError("protocol", f"the published asset has no file of {size} bytes")

    def clean_up(self) -> list[AmsError]:
        """In this order: an asset with locators, or in use by a job, is not deleted. One failure stops no other."""
        ids = {"Locators": self._locators, "AccessPolicies": self._policies, "Jobs": self._jobs, "Assets": self._assets}
        failures: list[AmsError] = []
        for set_name, keys in ids.items():
            for key in reversed(keys):
                try:
                    self._client.call("DELETE", entity_path(set_name, key))
                except AmsError as error:
                    failures.append(error)
        return failures

    def _create(self, set_name: str, body: dict[str, Any], created: list[str]) -> dict[str, Any]:
        entity: dict[str, Any] = self._client.call("POST", set_name, body=body).value
        created.append(entity["Id"])
        return entity

    def _locate(self, asset: dict[str, Any], locator_type: int, permissions: int, minutes: int) -> dict[str, Any]:
        purpose = "upload" if locator_type == SAS else "origin"
        name = f"{self._name}-{purpose}"
        allowed = {"Name": name, "DurationInMinutes": minutes, "Permissions": permissions}
        policy = self._create("AccessPolicies", allowed, self._policies)
        body = {"Name": name, "AccessPolicyId": policy["Id"], "AssetId": asset["Id"], "Type": locator_type}
        return self._create("Locators", body, self._locators)

    def _processor_id(self, name: str) -> str:
        """Ids differ by version."""
        found = self._client.call("GET", "MediaProcessors", [("$filter", f"Name eq {odata_string(name)}")]).value
        if not found:
            raise AmsError("protocol", f"the account has no media processor {name}")
        return str(newest(found)["Id"])

    def _wait_for(self, job: dict[str, Any]) -> None:
        """Encoding takes minutes."""
        while True:
            state = self._client.call("GET", entity_path("Jobs", job["Id"])).value["State"]
            if state == FINISHED:
                return
            if state in (FAILED, CANCELLED):
                raise AmsError("service", f"the job {job['Id']} ended in state {state}")
            time.sleep(self._poll_ms / 1000)


def newest(processors: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """By number: as text 10.1 would come before 9.0."""
    return max(processors, key=lambda processor: version_numbers(processor["Version"]))


def version_numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def task_body(output_name: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset>'
        f'<outputAsset assetCreationOptions="0" assetName={quoteattr(output_name)}>JobOutputAsset(0)</outputAsset>'
        "</taskBody>"
    )


def download(url: str) -> bytes:
    """A plain GET without a token."""
    response, _ = send_with_retry(Request("GET", url))
    if not 200 <= response.status <= 299:
        raise AmsError("service", f"the streaming endpoint answered {response.status}", status=response.status)
    return response.body


def run_story(
    client: AmsClient, name: str, file_name: str, content: bytes, processor: str, preset: str, poll_ms: float
) -> bytes:
    """The whole of it; what was read back. What the run created is deleted even when it failed."""
    story = Story(client, name, poll_ms)
    try:
        encoded = story.encode(story.upload(file_name, content), processor, preset)
        content_read = story.read_back(encoded, story.publish(encoded), len(content))
    except AmsError:
        story.clean_up()  # the first failure is reported, not what could not be deleted after it
        raise
    failures = story.clean_up()
    if failures:
        raise failures[0]
    return content_read
