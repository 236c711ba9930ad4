import { expect, test } from 'vitest'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'

test('uninstall takes what pktw-hook added to mount units at run time, before systemd reads its units again', () => {
  const directory = '/run/systemd/system/media-cdvdrw.mount.d'
  const { value } = planUninstall({
    live: true,
    init: 'systemd',
    entries: new Map([[`${directory}/50-pktw.conf`, { kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 }]]),
    manifest: { version: 2, state: 'installed', records: [] },
    dropIns: [directory],
    leftovers: [],
    mounts: [],
    groups: new Map(),
    filled: [],
    labels: false,
  })
  const steps = value ?? []
  const at = (match: object) =>
    steps.findIndex((s) =>
      Object.entries(match).every(([k, v]) => Object.entries(s).some(([a, b]) => a === k && b === v)),
    )
  const file = at({ do: 'removeFile', path: `${directory}/50-pktw.conf` })
  const folder = at({ do: 'removeDirectory', path: directory })
  const reload = at({ do: 'reloadSystemd' })
  expect(file).toBeGreaterThanOrEqual(0)
  expect(folder).toBeGreaterThan(file)
  expect(reload).toBeGreaterThan(folder)
  expect(at({ do: 'stopUnits' })).toBeLessThan(file)
})
