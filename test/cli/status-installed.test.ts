import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { statusInstalled } from '../../src/cli/status-installed.ts'
import { runSteps } from '../../src/steps/run.ts'
import { realSystem } from '../../src/system/real.ts'
import { hear } from '../hear.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { installInto, planned, rulesFile, settingsFile, wish } from '../steps/wish.ts'

const said = hear(process.stdout)

test('0 when everything is as it was, 1 with what differs, in words and for programs', async () => {
  const root = temporaryRoot()
  await installInto(realSystem(root), wish({ by: '1.2.3' }))
  expect(await statusInstalled({ root, json: false })).toBe(0)
  expect(said.text).toMatch(/^pktw 1\.2\.3, \d+ entries.*\neverything is as it was installed\n$/)
  writeFileSync(path.join(root, settingsFile), 'mount: {}')
  expect(await statusInstalled({ root, json: false }), 'settings are there to be edited').toBe(0)
  expect(said.text).toContain(`~ ${settingsFile}  was edited`)
  writeFileSync(path.join(root, settingsFile), '# settings\n')
  writeFileSync(path.join(root, rulesFile), 'mine')
  rmSync(path.join(root, 'usr/bin/pktw'))
  said.text = ''
  expect(await statusInstalled({ root, json: false })).toBe(1)
  expect(said.text).toContain(`~ ${rulesFile}  was changed\n~ /usr/bin/pktw  is gone\n`)
  said.text = ''
  expect(await statusInstalled({ root, json: true })).toBe(1)
  expect(JSON.parse(said.text)).toMatchObject({
    by: '1.2.3',
    state: 'installed',
    differences: [
      { path: rulesFile, what: 'changed' },
      { path: '/usr/bin/pktw', what: 'absent' },
    ],
    leftovers: [],
  })
})

test('a run that was killed is told', async () => {
  const root = temporaryRoot()
  const system = realSystem(root)
  await runSteps((await planned(system, wish())).slice(0, 3), system)
  expect(await statusInstalled({ root, json: false })).toBe(1)
  expect(said.text).toContain('the last run did not get to its end')
})

test('nothing installed, a package, and a manifest that cannot be read, are told', async () => {
  const error = async (root: string): Promise<unknown> =>
    statusInstalled({ root, json: false }).catch((e: unknown) => e)
  expect(await error(temporaryRoot())).toMatchObject({
    diagnostics: [
      { code: 'cli.not-installed-there', remedy: expect.stringContaining('sudo pktw install --root /') },
    ],
  })
  const packaged = temporaryRoot({ '/usr/lib/udev/rules.d/61-pktw.rules': '# of a package\n' })
  expect(await error(packaged)).toMatchObject({ diagnostics: [{ code: 'cli.installed-by-package' }] })
  const newer = temporaryRoot({ '/var/lib/pktw/manifest.json': '{"version":9}' })
  expect(await error(newer)).toMatchObject({ diagnostics: [{ code: 'install.manifest-newer' }] })
})
