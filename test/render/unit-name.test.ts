import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeUnitPart, unitNameOfPath } from '../../src/render/unit-name.ts'

// Right-hand sides as `systemd-escape --path --suffix=…` of systemd 252 prints them.
test.each([
  ['/media/cdvdrw', 'mount', 'media-cdvdrw.mount'],
  ['/media/packet-disc', 'mount', 'media-packet\\x2ddisc.mount'],
  ['/dev/pktcdvd/pktcdvd0', 'device', 'dev-pktcdvd-pktcdvd0.device'],
  ['/', 'mount', '-.mount'],
  ['/.hidden', 'mount', '\\x2ehidden.mount'],
  ['/a/.b', 'mount', 'a-.b.mount'],
  ['/srv/my disc', 'mount', 'srv-my\\x20disc.mount'],
  ['/srv/Größe', 'mount', 'srv-Gr\\xc3\\xb6\\xc3\\x9fe.mount'],
  ['/srv/a%b', 'mount', 'srv-a\\x25b.mount'],
])('%s', (path, suffix, name) => expect(unitNameOfPath(path, suffix)).toBe(name))

test('nothing is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const escaped = escapeUnitPart(text)
      expect(escaped).toMatch(/^[A-Za-z0-9:_.\\-]+$/)
      const bytes = escaped.replace(/\\x([0-9a-f]{2})|-/g, (m, h?: string) =>
        m === '-' ? '/' : String.fromCharCode(Number.parseInt(h as string, 16)),
      )
      expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(text)
    }),
  )
})
