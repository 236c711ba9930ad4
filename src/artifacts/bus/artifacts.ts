// The files that put the service on the system bus.
import type { Kind } from '../kind.ts'
import { busName, ourInterfaces } from './interfaces.ts'

/** A template may ask only for what is there. */
const interfaces = ourInterfaces.map((table) => ({
  ...table,
  properties: table.properties.map((property) => ({ constant: false, ...property })),
}))
const data = { name: busName, interfaces }

export const busKinds: readonly Kind[] = [
  {
    kind: 'bus-policy',
    what: 'who may be and who may call org.pktw.Pktw1 on the system bus',
    template: 'dbus/org.pktw.Pktw1.conf',
    from: 'access',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.dbuspolicydir}/${busName}.conf`, data }],
  },
  {
    kind: 'bus-activation',
    what: 'starts pktwd when somebody calls',
    template: 'dbus/org.pktw.Pktw1.service',
    from: 'access',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.dbusservicesdir}/${busName}.service`, data }],
  },
  {
    kind: 'bus-interfaces',
    what: 'the interfaces of org.pktw.Pktw1, for programs that use them',
    template: 'dbus/org.pktw.Pktw1.xml',
    from: 'access',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.dbusinterfacesdir}/${busName}.xml`, data }],
  },
  {
    kind: 'daemon-unit',
    what: 'the service on the system bus',
    template: 'systemd/pktwd.service',
    from: 'access',
    mode: 0o644,
    instances: (_settings, layout) => [
      {
        path: `${layout.unitdir}/pktwd.service`,
        data: { name: busName, node: layout.node, daemon: `${layout.libdir}/pktwd.mjs` },
      },
    ],
  },
]
