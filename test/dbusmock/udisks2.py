"""org.freedesktop.UDisks2, as far as mounting goes: block devices with and without a drive, Mount and Unmount with the errors
that udisks has for them, Eject of a drive.

For python-dbusmock: python3 -m dbusmock --system --template udisks2.py. Devices are added with AddBlock and AddDrive of the
interface org.pktw.Test; the next Mount or Unmount of a device fails with the error that FailNext names.
"""

import dbus
import dbus.service
from dbusmock import MOCK_IFACE, mockobject

BUS_NAME = "org.freedesktop.UDisks2"
MAIN_OBJ = "/org/freedesktop/UDisks2"
MAIN_IFACE = "org.freedesktop.UDisks2"
SYSTEM_BUS = True
IS_OBJECT_MANAGER = True

TEST = "org.pktw.Test"
BLOCK = "org.freedesktop.UDisks2.Block"
FILESYSTEM = "org.freedesktop.UDisks2.Filesystem"
DRIVE = "org.freedesktop.UDisks2.Drive"
ERROR = "org.freedesktop.UDisks2.Error."


def text(value):
    """Paths are byte arrays that end in 0."""
    return dbus.ByteArray(value.encode() + b"\0")


def load(mock, parameters):
    mock.fail_next = {}
    mock.AddObject(
        MAIN_OBJ + "/Manager",
        "org.freedesktop.UDisks2.Manager",
        {"Version": "2.11.2", "SupportedFilesystems": dbus.Array(["udf"], signature="s")},
        [],
    )


@dbus.service.method(TEST, in_signature="s", out_signature="o")
def AddDrive(self, name):
    path = MAIN_OBJ + "/drives/" + name
    self.AddObject(
        path,
        DRIVE,
        {"Id": name, "Seat": "seat0", "Ejectable": False, "MediaAvailable": True, "Vendor": "PKTW", "Model": "DVDRAM"},
        [("Eject", "a{sv}", "", "")],
    )
    return dbus.ObjectPath(path)


@dbus.service.method(TEST, in_signature="ssos", out_signature="o")
def AddBlock(self, name, label, drive, mounted):
    """drive: "/" for a device without; mounted: mount point, or empty."""
    path = MAIN_OBJ + "/block_devices/" + name
    self.AddObject(
        path,
        BLOCK,
        {
            "Device": text("/dev/" + name),
            "PreferredDevice": text("/dev/" + name),
            "Symlinks": dbus.Array([], signature="ay"),
            "IdLabel": label,
            "IdUsage": "filesystem",
            "IdType": "udf",
            "Drive": dbus.ObjectPath(drive),
            "HintAuto": True,
            "HintIgnore": False,
            "HintSystem": False,
            "CryptoBackingDevice": dbus.ObjectPath("/"),
        },
        [],
    )
    block = mockobject.objects[path]
    block.label = str(label)
    points = [text(str(mounted))] if mounted else []
    block.AddProperties(FILESYSTEM, {"MountPoints": dbus.Array(points, signature="ay")})
    block.AddMethods(
        FILESYSTEM,
        [
            ("Mount", "a{sv}", "s", "ret = self.do_mount()"),
            ("Unmount", "a{sv}", "", "self.do_unmount()"),
        ],
    )
    block.do_mount = lambda: do_mount(self, block, str(name))
    block.do_unmount = lambda: do_unmount(self, block, str(name))
    return dbus.ObjectPath(path)


@dbus.service.method(TEST, in_signature="sss", out_signature="")
def FailNext(self, name, error, why):
    self.fail_next[str(name)] = (str(error), str(why))


def fail(main, name):
    error = main.fail_next.pop(name, None)
    if error is not None:
        raise dbus.exceptions.DBusException(error[1], name=ERROR + error[0])


def set_points(block, points):
    block.UpdateProperties(FILESYSTEM, {"MountPoints": dbus.Array(points, signature="ay")})


def do_mount(main, block, name):
    fail(main, name)
    if block.props[FILESYSTEM]["MountPoints"]:
        raise dbus.exceptions.DBusException(f"Device /dev/{name} is already mounted", name=ERROR + "AlreadyMounted")
    point = "/run/media/alice/" + (block.label or name)
    set_points(block, [text(point)])
    return point


def do_unmount(main, block, name):
    fail(main, name)
    if not block.props[FILESYSTEM]["MountPoints"]:
        raise dbus.exceptions.DBusException(f"Device `/dev/{name}' is not mounted", name=ERROR + "NotMounted")
    set_points(block, [])
