"""A push service as Firefox speaks to one (the autopush protocol over WebSocket), and the address that senders post to."""

import asyncio
import base64
import json
import secrets

from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect


class Autopush:
    """``acknowledged`` counts notes that the browser has taken; ``gone`` makes it answer as for a device that left."""

    def __init__(self, port: int) -> None:
        self.acknowledged = 0
        self.posted = 0
        self.gone = False
        self._sockets: dict[str, WebSocket] = {}
        self.app = FastAPI()
        self.preferences = {
            "dom.push.serverURL": f"ws://127.0.0.1:{port}/",
            "dom.push.testing.allowInsecureServerURL": True,
            "dom.push.connection.enabled": True,
            # Notifications drawn by the browser itself: a machine without a desktop has no service for them.
            "alerts.useSystemBackend": False,
        }

        @self.app.websocket("/")
        async def browser(socket: WebSocket) -> None:
            await socket.accept(subprotocol="push-notification")
            try:
                while True:
                    await self._answer(socket, json.loads(await socket.receive_text()), port)
            except WebSocketDisconnect:
                pass

        @self.app.post("/wpush/{channel}")
        async def post(channel: str, request: Request) -> Response:
            self.posted += 1
            if self.gone or channel not in self._sockets:
                return Response(status_code=410)
            data = base64.urlsafe_b64encode(await request.body()).decode().rstrip("=")
            note = {"messageType": "notification", "channelID": channel, "version": secrets.token_hex(8)}
            note |= {"data": data, "headers": {"encoding": "aes128gcm"}}
            await self._sockets[channel].send_text(json.dumps(note))
            return Response(status_code=201)

    async def _answer(self, socket: WebSocket, said: dict, port: int) -> None:
        match said.get("messageType"):
            case "hello":
                hello = {"messageType": "hello", "status": 200, "use_webpush": True, "broadcasts": {}}
                await socket.send_text(json.dumps(hello | {"uaid": said.get("uaid") or secrets.token_hex(16)}))
            case "register":
                channel = said["channelID"]
                self._sockets[channel] = socket
                endpoint = f"http://127.0.0.1:{port}/wpush/{channel}"
                made = {"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint}
                await socket.send_text(json.dumps(made))
            case "unregister":
                await socket.send_text(json.dumps({**said, "status": 200}))
            case "ack":
                self.acknowledged += 1
            case None:
                await socket.send_text("{}")

    async def taken(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.acknowledged < count:
                await asyncio.sleep(0.05)
