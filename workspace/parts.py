"""What a workspace is made of, put together: the wire to the app, what is on the surfaces, the people's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.people.acting import Acting
from workspace.people.interaction import Interaction
from workspace.people.interactivity import Interactive
from workspace.people.opening import Opening
from workspace.people.shortcuts import Shortcuts
from workspace.people.submitting import Submitting
from workspace.state.assistant import AssistantThreads
from workspace.state.forms import Forms
from workspace.state.triggers import Triggers
from workspace.state.views import Views
from workspace.wire.access import Access
from workspace.wire.address import Address
from workspace.wire.credentials import new_credentials
from workspace.wire.delivery import Dispatcher
from workspace.wire.events import Events
from workspace.wire.faults import Faults
from workspace.wire.http_delivery import HttpDelivery
from workspace.wire.methods.assistant import AssistantMethods
from workspace.wire.methods.chat import ChatMethods
from workspace.wire.methods.connecting import ConnectingMethods
from workspace.wire.methods.conversations import ConversationsMethods
from workspace.wire.methods.users import UsersMethods
from workspace.wire.methods.views import ViewsMethods
from workspace.wire.payloads import Payloads
from workspace.wire.responding import Responder, ResponseUrls
from workspace.wire.socket_mode import SocketMode
from workspace.wire.web_api import WebApi

if TYPE_CHECKING:
    from workspace.clock import Clock, TravellingClock
    from workspace.manifest import Manifest
    from workspace.state.state import State
    from workspace.wire.delivery import Transport


class Wire:
    """What is between the workspace and the app: addresses, secrets, deliveries, replies without a token."""

    def __init__(self, manifest: Manifest, machine: Clock, clock: TravellingClock, state: State) -> None:
        """Wait for acks by `machine`, the clock below the one that can be put forward; for all else by `clock`."""
        self.credentials = new_credentials()
        self.address = Address()
        self.faults = Faults(clock)
        self.socket_mode = SocketMode(machine, state.touch)
        self.http = HttpDelivery(self.credentials.signing_secret, machine, state.touch)
        self.transport: Transport = self.socket_mode if manifest.socket_mode else self.http
        self.dispatcher = Dispatcher(self.transport, clock, self.faults, state.touch)
        self.events = Events(state, manifest, self.dispatcher, clock, self.credentials.verification_token)
        self.responder = Responder(state, self.events)
        self.response_urls = ResponseUrls(self.responder, self.address, clock)


class Surfaces:
    """What the app has put before people beside messages: modals and Home tabs, what is filled in, the assistant."""

    def __init__(self, manifest: Manifest, clock: TravellingClock, state: State) -> None:
        """Begin with nothing shown."""
        self.forms = Forms(state)
        self.views = Views(self.forms, state.touch)
        self.threads = AssistantThreads(state, manifest.assistant)
        self.triggers = Triggers(clock)


class People:
    """What people can do."""

    def __init__(self, manifest: Manifest, state: State, wire: Wire, surfaces: Surfaces) -> None:
        """Act on the state and the surfaces, and tell the app over the wire."""
        payloads = Payloads(wire.credentials.verification_token, surfaces.triggers, wire.response_urls)
        interactive = Interactive(wire.dispatcher, manifest)
        views, forms = surfaces.views, surfaces.forms
        self.acting = Acting(state=state, views=views, forms=forms, interactive=interactive, payloads=payloads)
        self.submitting = Submitting(state=state, views=views, forms=forms, interactive=interactive, payloads=payloads)
        self.shortcuts = Shortcuts(
            state=state, manifest=manifest, acting=self.acting, interactive=interactive, payloads=payloads
        )
        self.opening = Opening(
            state=state, manifest=manifest, views=views, threads=surfaces.threads, events=wire.events
        )
        self.interaction = Interaction(
            state=state,
            manifest=manifest,
            dispatcher=wire.dispatcher,
            events=wire.events,
            responder=wire.responder,
            payloads=payloads,
        )


def web_api(manifest: Manifest, state: State, wire: Wire, surfaces: Surfaces) -> WebApi:
    """Return the Web API with all its methods."""
    access = Access(state, manifest.scopes)
    families = (
        ConnectingMethods(manifest, wire.socket_mode, wire.address),
        ChatMethods(state, access, wire.events, wire.address),
        ConversationsMethods(state, access, wire.events),
        UsersMethods(state, access),
        ViewsMethods(surfaces.views, access, surfaces.triggers, home_tab=manifest.home_tab),
        AssistantMethods(state, access, surfaces.threads),
    )
    methods = [method for family in families for method in family.methods()]
    return WebApi(methods, wire.credentials, access, wire.faults, state.touch)
