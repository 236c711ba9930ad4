// The files that put the service on the bus, by the programs that read them. dbus-daemon loads the policy in test/bus.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { diagnosticsOf, errorName, errorText } from '../../src/artifacts/bus/errors.ts'
import { catalogue, diagnose } from '../../src/diagnostics/catalogue.ts'
import { stayMark } from '../../src/disc/stay.ts'
import { preparationPaths } from '../../src/system/preparation.ts'
import { run } from '../../src/system/run.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'

/** doc/introspect.dtd of D-Bus 1.14, without its comments. */
const dtd = `<!ELEMENT node (node|interface)*>
<!ATTLIST node name CDATA #IMPLIED>
<!ELEMENT interface (method|signal|property|annotation)*>
<!ATTLIST interface name CDATA #REQUIRED>
<!ELEMENT method (arg|annotation)*>
<!ATTLIST method name CDATA #REQUIRED>
<!ELEMENT signal (arg|annotation)*>
<!ATTLIST signal name CDATA #REQUIRED>
<!ELEMENT arg (annotation)*>
<!ATTLIST arg name CDATA #IMPLIED>
<!ATTLIST arg type CDATA #REQUIRED>
<!ATTLIST arg direction (in|out) "in">
<!ELEMENT property (annotation)*>
<!ATTLIST property name CDATA #REQUIRED>
<!ATTLIST property type CDATA #REQUIRED>
<!ATTLIST property access (read|write|readwrite) #REQUIRED>
<!ELEMENT annotation EMPTY>
<!ATTLIST annotation name CDATA #REQUIRED>
<!ATTLIST annotation value CDATA #REQUIRED>
`

test('the introspection file is what its DTD says', async (context) => {
  needTools(context, 'xmllint')
  const file = path.join(temporaryRoot({ 'introspect.dtd': dtd }), 'introspect.dtd')
  const xml = readFileSync('dbus/org.pktw.Pktw1.xml', 'utf8')
  const input = xml.replace(/<!DOCTYPE[^>]*>/, '')
  const { code, stderr } = await run('xmllint', ['--noout', '--nonet', '--dtdvalid', file, '-'], { input })
  expect([code, stderr]).toEqual([0, ''])
})

test('pktwd.service: systemd-analyze security says 2.5 at most', async (context) => {
  needTools(context, 'systemd-analyze')
  const root = temporaryRoot()
  const unit = path.join(root, 'pktwd.service')
  mkdirSync(path.dirname(unit), { recursive: true })
  writeFileSync(unit, readFileSync('systemd/pktwd.service'))
  const { code, stdout } = await run('systemd-analyze', [
    ...['security', '--no-pager', '--offline=yes', '--threshold=25', unit],
  ])
  const exposure = /exposure level for pktwd\.service: ([0-9.]+)/.exec(stdout)?.[1]
  expect([code, Number(exposure) <= 2.5, exposure]).toEqual([0, true, exposure])
})

test('what pktwd writes is where its unit lets it', () => {
  const allowed = /^RuntimeDirectory=(.*)$/m
    .exec(readFileSync('systemd/pktwd.service', 'utf8'))?.[1]
    ?.split(' ')
  const written = [preparationPaths.order('sr0'), stayMark('sr0')]
  expect(allowed).toEqual(written.map((file) => path.dirname(file).replace('/run/', '')))
})

test('the service that the bus starts is our unit, and the unit has that name', () => {
  const activation = readFileSync('dbus/org.pktw.Pktw1.service', 'utf8')
  const name = /^Name=(.*)$/m.exec(activation)?.[1]
  expect(activation).toContain('SystemdService=pktwd.service')
  expect(readFileSync('systemd/pktwd.service', 'utf8')).toContain(`\nBusName=${name}\n`)
  expect(readFileSync('dbus/org.pktw.Pktw1.conf', 'utf8')).toContain(`<allow own="${name}"/>`)
})

test('each code has an error of its own, and comes back from it', () => {
  const codes = Object.keys(catalogue)
  expect(new Set(codes.map(errorName)).size).toBe(codes.length)
  expect(errorName('cli.not-ready')).toBe('org.pktw.Error.NotReady')
  const told = [diagnose('bus.caller-gone'), diagnose('bus.caller-gone')]
  expect(diagnosticsOf(errorName('bus.caller-gone'), errorText(told))).toEqual(told)
  expect(diagnosticsOf('org.freedesktop.DBus.Error.Failed', 'x')).toBeUndefined()
})
