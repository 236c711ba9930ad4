# logind for the bus: who sits where. Parameters: users (number -> seat; empty for a session without one).
import dbus

BUS_NAME = 'org.freedesktop.login1'
MAIN_OBJ = '/org/freedesktop/login1'
MAIN_IFACE = 'org.freedesktop.login1.Manager'
SYSTEM_BUS = True


def load(mock, parameters):
    mock.users = {int(uid): str(seat) for uid, seat in parameters['users'].items()}
    for uid, seat in mock.users.items():
        session = f'{MAIN_OBJ}/session/s{uid}'
        mock.AddObject(f'{MAIN_OBJ}/user/u{uid}', 'org.freedesktop.login1.User',
                       {'Display': dbus.Struct((f's{uid}', dbus.ObjectPath(session)), signature='so')}, [])
        seat_path = dbus.ObjectPath(f'{MAIN_OBJ}/seat/{seat}' if seat else '/')
        mock.AddObject(session, 'org.freedesktop.login1.Session',
                       {'Seat': dbus.Struct((seat, seat_path), signature='so')}, [])


@dbus.service.method(MAIN_IFACE, in_signature='u', out_signature='o')
def GetSessionByPID(_self, pid):
    raise dbus.exceptions.DBusException(f'PID {pid} does not belong to any known session',
                                        name='org.freedesktop.login1.NoSessionForPID')


@dbus.service.method(MAIN_IFACE, in_signature='u', out_signature='o')
def GetUser(self, uid):
    if int(uid) not in self.users:
        raise dbus.exceptions.DBusException(f'User ID {uid} is not logged in',
                                            name='org.freedesktop.login1.NoSuchUser')
    return f'{MAIN_OBJ}/user/u{uid}'
