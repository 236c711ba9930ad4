"""org.gnome.SessionManager, as GNOME, MATE and Cinnamon have it: inhibitors, which go with who took them.

For python-dbusmock: python3 -m dbusmock --template session_manager.py
"""

import dbus
import dbus.service

BUS_NAME = "org.gnome.SessionManager"
MAIN_OBJ = "/org/gnome/SessionManager"
MAIN_IFACE = "org.gnome.SessionManager"
SYSTEM_BUS = False


def load(mock, parameters):
    mock.held = {}
    mock.next_cookie = 4711


@dbus.service.method(MAIN_IFACE, in_signature="susu", out_signature="u", sender_keyword="sender")
def Inhibit(self, app_id, xid, reason, flags, sender=None):
    self.next_cookie += 1
    cookie = self.next_cookie
    self.held[cookie] = (str(app_id), str(reason), int(flags))

    def gone(owner):
        if owner == "":
            self.held.pop(cookie, None)

    self.connection.watch_name_owner(sender, gone)
    return dbus.UInt32(cookie)


@dbus.service.method(MAIN_IFACE, in_signature="u", out_signature="")
def Uninhibit(self, cookie):
    if int(cookie) not in self.held:
        raise dbus.exceptions.DBusException("no such inhibitor", name="org.gnome.SessionManager.NotRegistered")
    del self.held[int(cookie)]


@dbus.service.method(MAIN_IFACE, in_signature="u", out_signature="b")
def IsInhibited(self, flags):
    return any(f & int(flags) for (_app, _why, f) in self.held.values())
