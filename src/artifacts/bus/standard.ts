// The interfaces of the D-Bus specification that our objects have besides their own.
import type { Argument, Interface, Method, Signal } from './interface.ts'

/** `name:type …` */
const args = (text: string): Argument[] =>
  text.split(' ').flatMap((word) => {
    const [name, type] = word.split(':')
    return name === undefined || type === undefined ? [] : [{ name, type }]
  })

const method = (name: string, given: string, gives: string): Method => ({
  name,
  in: args(given),
  out: args(gives),
  what: '',
  errors: [],
})
const signal = (name: string, given: string): Signal => ({ name, args: args(given), what: '' })

const standard = (name: string, methods: Method[], signals: Signal[] = []): Interface => ({
  name: `org.freedesktop.DBus.${name}`,
  what: '',
  methods,
  properties: [],
  signals,
})

export const peer = standard('Peer', [method('Ping', '', ''), method('GetMachineId', '', 'machine_uuid:s')])

export const introspectable = standard('Introspectable', [method('Introspect', '', 'xml_data:s')])

export const propertiesInterface = standard(
  'Properties',
  [
    method('Get', 'interface_name:s property_name:s', 'value:v'),
    method('Set', 'interface_name:s property_name:s value:v', ''),
    method('GetAll', 'interface_name:s', 'props:a{sv}'),
  ],
  [signal('PropertiesChanged', 'interface_name:s changed_properties:a{sv} invalidated_properties:as')],
)

export const objectManager = standard(
  'ObjectManager',
  [method('GetManagedObjects', '', 'objpath_interfaces_and_properties:a{oa{sa{sv}}}')],
  [
    signal('InterfacesAdded', 'object_path:o interfaces_and_properties:a{sa{sv}}'),
    signal('InterfacesRemoved', 'object_path:o interfaces:as'),
  ],
)
