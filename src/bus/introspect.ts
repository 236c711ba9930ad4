// Introspection while the service runs: the objects that are there, and the same tables as everything else.
import type { Argument, Interface } from '../artifacts/bus/interface.ts'

const header =
  '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'

// All of it is made of names and signatures of our own tables, which need no escaping.
const argument = ({ name, type }: Argument, direction?: 'in' | 'out'): string =>
  `      <arg name="${name}" type="${type}"${direction === undefined ? '' : ` direction="${direction}"`}/>\n`

function interfaceXml({ name, methods, properties, signals }: Interface): string {
  const parts = [
    ...methods.map(
      (m) =>
        `    <method name="${m.name}">\n${m.in.map((a) => argument(a, 'in')).join('')}${m.out.map((a) => argument(a, 'out')).join('')}    </method>\n`,
    ),
    ...properties.map((p) => {
      const annotation = p.constant
        ? '>\n      <annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="const"/>\n    </property>\n'
        : '/>\n'
      return `    <property name="${p.name}" type="${p.type}" access="read"${annotation}`
    }),
    ...signals.map(
      (s) => `    <signal name="${s.name}">\n${s.args.map((a) => argument(a)).join('')}    </signal>\n`,
    ),
  ]
  return `  <interface name="${name}">\n${parts.join('')}  </interface>\n`
}

/** The document for one object, and the last parts of the paths of those right below it. */
export const introspectionXml = (interfaces: readonly Interface[], children: readonly string[]): string =>
  `${header}<node>\n${interfaces.map(interfaceXml).join('')}${children.map((name) => `  <node name="${name}"/>\n`).join('')}</node>\n`
