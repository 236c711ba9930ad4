# systemd for the bus, without units: what starting and stopping them leaves in files is told by the test, as no other PID 1 can
# be had inside of one. Become tells it where (a directory) and what ("start UNIT" -> files, result, delay in ms, state).
import json
import os

import dbus
from gi.repository import GLib

from dbusmock import MOCK_IFACE, get_object

BUS_NAME = 'org.freedesktop.systemd1'
MAIN_OBJ = '/org/freedesktop/systemd1'
MAIN_IFACE = 'org.freedesktop.systemd1.Manager'
UNIT_IFACE = 'org.freedesktop.systemd1.Unit'
SYSTEM_BUS = True


def load(mock, _parameters):
    mock.root = ''
    mock.effects = {}
    mock.paths = {}
    mock.jobs = 0
    mock.waiting = {}
    mock.AddMethods(MAIN_IFACE, [('Subscribe', '', '', '')])


def write(mock, files):
    for name, text in files.items():
        path = os.path.join(mock.root, str(name).lstrip('/'))
        if text == '':
            if os.path.exists(path):
                os.remove(path)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write(str(text))
        os.rename(path + '.new', path)


def unit(mock, name):
    if name not in mock.paths:
        path = f'{MAIN_OBJ}/unit/u{len(mock.paths)}'
        mock.AddObject(path, UNIT_IFACE, {'Id': name, 'ActiveState': 'inactive'}, [])
        mock.paths[name] = path
    return mock.paths[name]


def change(mock, verb, name):
    effect = mock.effects.get(f'{verb} {name}')
    if effect is None:
        raise dbus.exceptions.DBusException(f'Unit {name} not found.', name='org.freedesktop.systemd1.NoSuchUnit')
    if (verb, name) in mock.waiting:
        return mock.waiting[(verb, name)]
    mock.jobs += 1
    number, job = mock.jobs, f'{MAIN_OBJ}/job/{mock.jobs}'
    mock.waiting[(verb, name)] = job
    path = unit(mock, name)

    def end():
        del mock.waiting[(verb, name)]
        if mock.paths.get(name) != path or mock.effects.get(f'{verb} {name}') is not effect:
            return False
        write(mock, effect.get('files', {}))
        state = effect.get('state', 'active' if verb == 'start' else 'inactive')
        get_object(path).UpdateProperties(UNIT_IFACE, {'ActiveState': state})
        mock.EmitSignal(MAIN_IFACE, 'JobRemoved', 'uoss', [number, job, name, effect.get('result', 'done')])
        return False

    GLib.timeout_add(int(effect.get('delay', 1)), end)
    return job


@dbus.service.method(MAIN_IFACE, in_signature='ss', out_signature='o')
def StartUnit(self, name, _mode):
    return change(self, 'start', str(name))


@dbus.service.method(MAIN_IFACE, in_signature='ss', out_signature='o')
def StopUnit(self, name, _mode):
    return change(self, 'stop', str(name))


@dbus.service.method(MAIN_IFACE, in_signature='s', out_signature='o')
def GetUnit(self, name):
    if str(name) not in self.paths:
        raise dbus.exceptions.DBusException(f'Unit {name} not loaded.', name='org.freedesktop.systemd1.NoSuchUnit')
    return self.paths[str(name)]


@dbus.service.method(MOCK_IFACE, in_signature='ss')
def Become(self, root, effects):
    '''Another machine: nothing has been started yet.'''
    self.root = str(root)
    self.effects = json.loads(str(effects))
    for path in self.paths.values():
        self.RemoveObject(path)
    self.paths = {}


@dbus.service.method(MOCK_IFACE, in_signature='a{sa{ss}}a{ss}')
def Happens(self, units, files):
    '''Something happens by itself: files, and the state of units.'''
    write(self, files)
    for name, properties in units.items():
        get_object(unit(self, str(name))).UpdateProperties(UNIT_IFACE, dict(properties))
