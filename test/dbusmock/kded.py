"""KDE's daemon for modules (kded6; another name with the parameter "name").

For python-dbusmock: python3 -m dbusmock --template kded.py
"""

import dbus
import dbus.service

BUS_NAME = "org.kde.kded6"
MAIN_OBJ = "/kded"
MAIN_IFACE = "org.kde.kded6"
SYSTEM_BUS = False


def load(mock, parameters):
    mock.loaded_modules = [str(m) for m in parameters.get("modules", ["device_automounter", "networkstatus"])]


@dbus.service.method(MAIN_IFACE, in_signature="", out_signature="as")
def loadedModules(self):
    return dbus.Array(self.loaded_modules, signature="s")


@dbus.service.method(MAIN_IFACE, in_signature="s", out_signature="b")
def loadModule(self, name):
    if str(name) not in self.loaded_modules:
        self.loaded_modules.append(str(name))
    return True


@dbus.service.method(MAIN_IFACE, in_signature="s", out_signature="b")
def unloadModule(self, name):
    if str(name) not in self.loaded_modules:
        return False
    self.loaded_modules.remove(str(name))
    return True
