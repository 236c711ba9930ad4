# An authentication agent, as a desktop has one: says on its output what it is asked, one JSON object a line, and goes by its input:
# a line for each answer. Argument: the session that it is for.
import json
import sys
import threading

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

INTERFACE = 'org.freedesktop.PolicyKit1.AuthenticationAgent'
PATH = '/org/pktw/test/agent'


def say(**what):
    print(json.dumps(what), flush=True)


class Agent(dbus.service.Object):
    waiting = []

    @dbus.service.method(INTERFACE, in_signature='sssa{ss}sa(sa{sv})', async_callbacks=('done', '_failed'))
    def BeginAuthentication(self, action, message, _icon, _details, cookie, identities, done, _failed):
        uids = [int(properties['uid']) for kind, properties in identities if kind == 'unix-user']
        self.waiting.append(done)
        say(asked=str(action), message=str(message), cookie=str(cookie), uids=uids)

    @dbus.service.method(INTERFACE, in_signature='s')
    def CancelAuthentication(self, cookie):
        say(cancelled=str(cookie))


DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
agent = Agent(bus, PATH)
loop = GLib.MainLoop()


def read():
    for _ in sys.stdin:
        GLib.idle_add(lambda: agent.waiting.pop(0)() and False)
    GLib.idle_add(loop.quit)


authority = bus.get_object('org.freedesktop.PolicyKit1', '/org/freedesktop/PolicyKit1/Authority')
subject = dbus.Struct(('unix-session', {'session-id': dbus.String(sys.argv[1], variant_level=1)}), signature='sa{sv}')
authority.RegisterAuthenticationAgent(subject, 'C', PATH, dbus_interface='org.freedesktop.PolicyKit1.Authority')
say(registered=True)
threading.Thread(target=read, daemon=True).start()
loop.run()
