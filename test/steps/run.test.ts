import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { manifestPath } from '../../src/steps/manifest.ts'
import { observe } from '../../src/steps/observe.ts'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'
import { runSteps } from '../../src/steps/run.ts'
import type { Step } from '../../src/steps/step.ts'
import { realSystem } from '../../src/system/real.ts'
import type { RunResult } from '../../src/system/run.ts'
import type { System } from '../../src/system/system.ts'
import { listTree, temporaryRoot } from './tree.ts'
import { installInto, planned, rulesFile, uninstallFrom, wantedFile, wish } from './wish.ts'

const writers = [
  'writeAtomic',
  'makeDirectory',
  'makeChain',
  'removeChain',
  'makeSymlink',
  'removeFile',
  'removeDirectory',
] as const satisfies (keyof System)[]

/** The real system, whose n-th write (from 1) fails, before it does anything or after it has done it. */
function failingAt(
  n: number,
  when: 'before' | 'after',
  root: string,
): { system: System; writes: () => number } {
  const system = realSystem(root)
  let writes = 0
  const failing =
    <A extends unknown[]>(write: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      const now = ++writes === n
      if (now && when === 'before') throw new Error('no space left on device')
      await write(...args)
      if (now) throw new Error('input/output error')
    }
  const wrapped = { ...system }
  for (const name of writers)
    Object.assign(wrapped, { [name]: failing(system[name] as (...a: unknown[]) => Promise<void>) })
  return { system: wrapped, writes: () => writes }
}

/** What an older installation left and others made, so that every kind of step is in the plan. */
function usedRoot(): string {
  return temporaryRoot({
    '/etc/fstab': 'UUID=1 / ext4 defaults 0 1',
    '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x',
    '/usr/lib/pktw/theirs': 'y',
    [rulesFile]: '# theirs\n',
  })
}

describe('a failure at any write leaves the tree as it was', () => {
  test.each(['before', 'after'] as const)('install, failing %s the write', async (when) => {
    const root = usedRoot()
    const before = listTree(root)
    const steps = await planned(realSystem(root), wish())
    let n = 1
    for (; ; n++) {
      const { system, writes } = failingAt(n, when, root)
      const report = await runSteps(steps, system)
      if (writes() < n) {
        expect(report.complete).toBe(true)
        break
      }
      expect(report.complete).toBe(false)
      expect(report.diagnostics.map((d) => d.code)).toEqual(['install.step-failed', 'install.undone'])
      expect(listTree(root), `write ${n}`).toEqual(before)
    }
    expect(n).toBeGreaterThan(15)
  })

  test.each(['before', 'after'] as const)('a newer version, failing %s the write', async (when) => {
    const root = usedRoot()
    await installInto(realSystem(root))
    const before = listTree(root)
    const newer = wish({
      files: [wantedFile('/usr/lib/pktw/pktw.mjs', 'new', 0o755)],
      symlinks: [],
      fstabLines: [],
    })
    const steps = await planned(realSystem(root), newer)
    let n = 1
    for (; ; n++) {
      const { system, writes } = failingAt(n, when, root)
      const report = await runSteps(steps, system)
      if (writes() < n) break
      expect(report.complete).toBe(false)
      expect(listTree(root), `write ${n}`).toEqual(before)
    }
    expect(n).toBeGreaterThan(8)
  })

  test.each(['before', 'after'] as const)('uninstall, failing %s the write', async (when) => {
    const root = usedRoot()
    await installInto(realSystem(root))
    const before = listTree(root)
    const steps = planUninstall(await observe(realSystem(root))).value ?? []
    let n = 1
    for (; ; n++) {
      const { system, writes } = failingAt(n, when, root)
      const report = await runSteps(steps, system)
      if (writes() < n) break
      expect(report.complete).toBe(false)
      expect(listTree(root), `write ${n}`).toEqual(before)
    }
    expect(n).toBeGreaterThan(12)
  })
})

describe('a machine that dies after any step can still be uninstalled', () => {
  /** Runs the first `count` steps only, as if the power had gone then. */
  const dieAfter = async (count: number, steps: readonly Step[], root: string) =>
    expect((await runSteps(steps.slice(0, count), realSystem(root))).complete).toBe(true)

  test('while it is installed', async () => {
    const length = (await planned(realSystem(usedRoot()), wish())).length
    for (let count = 1; count <= length; count++) {
      const root = usedRoot()
      const before = listTree(root)
      const steps = await planned(realSystem(root), wish())
      await dieAfter(count, steps, root)
      const { complete } = await uninstallFrom(realSystem(root))
      expect(complete).toBe(true)
      expect(listTree(root), `step ${count}`).toEqual(before)
    }
  })

  test('while it is replaced by a newer version, or installed again', async () => {
    const newer = wish({
      files: wish().files.map((f) => ({ ...f, bytes: Buffer.from('newer') })),
      fstabLines: [],
    })
    const first = usedRoot()
    await installInto(realSystem(first))
    const length = (await planned(realSystem(first), newer)).length
    expect(length).toBeGreaterThan(5)
    for (let count = 1; count <= length; count++) {
      const root = usedRoot()
      const before = listTree(root)
      const system = realSystem(root)
      await installInto(system)
      await dieAfter(count, await planned(system, newer), root)
      if (count % 2 === 0) expect((await installInto(system, newer)).diagnostics, `step ${count}`).toEqual([])
      expect(await uninstallFrom(system), `step ${count}`).toEqual({ complete: true, diagnostics: [] })
      expect(listTree(root), `step ${count}`).toEqual(before)
    }
  })
})

test('something that gets in the way between plan and act is told, and the rest is undone', async () => {
  const root = temporaryRoot()
  const system = realSystem(root)
  const steps = await planned(system, wish())
  mkdirSync(path.join(root, '/etc/udev/rules.d/61-pktw.rules'), { recursive: true })
  const before = listTree(root)
  // The directories above are there by now as well, so start where the file is written.
  const report = await runSteps(
    steps.filter((s) => !(s.do === 'makeDirectory' && s.path.startsWith('/etc'))),
    system,
  )
  expect(report.complete).toBe(false)
  expect(report.diagnostics[0]?.message).toContain(rulesFile)
  expect(listTree(root)).toEqual(before)
})

test('an undo that fails is told, the others are still undone, and what is left stays written down', async () => {
  const root = temporaryRoot()
  const real = realSystem(root)
  const system: System = {
    ...real,
    makeSymlink: async () => {
      writeFileSync(path.join(root, 'media/cdvdrw/somebody'), '')
      throw new Error('read-only file system')
    },
  }
  const report = await installInto(system)
  expect(report.diagnostics.map((d) => d.code)).toEqual([
    'install.step-failed',
    'install.undo-failed',
    'install.undo-failed',
  ])
  const names = (): unknown[] => listTree(root).map((l) => l.split(' ')[0])
  expect(names()).toEqual([
    '.',
    'media',
    'media/cdvdrw',
    'media/cdvdrw/somebody',
    'var',
    'var/lib',
    'var/lib/pktw',
    'var/lib/pktw/manifest.json',
  ])
  await uninstallFrom(real)
  expect(names()).toEqual(['.', 'media', 'media/cdvdrw', 'media/cdvdrw/somebody'])
})

test('Ctrl-C finishes the step that runs and undoes all', async () => {
  const root = usedRoot()
  const before = listTree(root)
  const system = realSystem(root)
  const abort = new AbortController()
  let steps = 0
  const report = await runSteps(await planned(system, wish()), system, {
    signal: abort.signal,
    onStep: () => {
      if (++steps === 12) abort.abort()
    },
  })
  expect(steps).toBe(12)
  expect(report.diagnostics.map((d) => d.code)).toEqual(['install.interrupted', 'install.undone'])
  expect(listTree(root)).toEqual(before)
})

describe('on a running system', () => {
  /** A fake of run() only, which records what would be run; files are real, below a root that says it is live. */
  function liveSystem(root: string, answer: (command: string) => Partial<RunResult> = () => ({})) {
    const commands: string[] = []
    const system: System = {
      ...realSystem(root),
      live: true,
      run: async (program, argv) => {
        const command = [program, ...argv].join(' ')
        commands.push(command)
        return { code: 0, stdout: '', stderr: '', ...answer(command) }
      },
    }
    return { system, commands }
  }
  const machine = (): string => {
    const root = temporaryRoot({
      '/etc/fstab': 'x\n',
      '/sys/class/block/sr0/dev': '11:0\n',
      '/sys/class/block/sda/dev': '8:0\n',
    })
    mkdirSync(path.join(root, 'run/systemd/system'), { recursive: true })
    mkdirSync(path.join(root, 'run/dbus'), { recursive: true })
    writeFileSync(path.join(root, 'run/dbus/system_bus_socket'), '')
    return root
  }

  const reloadsBus =
    'busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig'

  test('install ends with what makes the changes take effect, and a disc that is in is picked up', async () => {
    const { system, commands } = liveSystem(machine())
    expect(await installInto(system)).toEqual({ complete: true, diagnostics: [] })
    expect(commands).toEqual([
      'systemd-tmpfiles --create /etc/tmpfiles.d/pktw.conf',
      'modprobe -- sg',
      'modprobe -- nbd',
      'modprobe -- udf',
      'systemctl daemon-reload',
      'systemctl show --property=NeedDaemonReload --value -- pktw@sr0.service',
      reloadsBus,
      'udevadm control --reload',
      'udevadm trigger --action=change /sys/class/block/sr0',
      'udevadm settle --timeout=60',
    ])
    expect(await planned(system, wish())).toEqual([])
  })

  test('a module that the kernel has not is a warning that names it', async () => {
    const { system } = liveSystem(machine(), (c) =>
      c.endsWith('nbd') ? { code: 1, stderr: 'modprobe: FATAL: Module nbd not found.' } : {},
    )
    const report = await installInto(system)
    expect(report.complete).toBe(true)
    expect(report.diagnostics).toMatchObject([
      { code: 'install.module', severity: 'warning', message: expect.stringMatching(/nbd.*not found/) },
    ])
  })

  test('a program that fails afterwards is a warning with what it said, and the rest goes on', async () => {
    const { system, commands } = liveSystem(machine(), (c) =>
      c.startsWith('systemd-tmpfiles') ? { code: 73, stderr: 'one\ntwo\n' } : {},
    )
    const report = await installInto(system)
    expect(report.complete).toBe(true)
    expect(report.diagnostics).toMatchObject([
      {
        code: 'install.program-failed',
        severity: 'warning',
        message: '"systemd-tmpfiles --create /etc/tmpfiles.d/pktw.conf" failed: one / two',
      },
    ])
    expect(commands.at(-1)).toBe('udevadm settle --timeout=60')
  })

  test('that systemd still has the old units is told', async () => {
    const { system } = liveSystem(machine(), (c) =>
      c.startsWith('systemctl show') ? { stdout: 'yes\n' } : {},
    )
    expect((await installInto(system)).diagnostics.map((d) => d.code)).toEqual(['install.not-reloaded'])
  })

  test('a machine that died before the programs read their files again has them do it the next time', async () => {
    const { system, commands } = liveSystem(machine())
    const steps = await planned(system, wish())
    const verified = steps.findIndex((s) => s.do === 'verify')
    await runSteps(steps.slice(0, verified + 1), system)
    expect(commands).toEqual([])
    await installInto(system)
    expect(commands).toContain('systemctl daemon-reload')
    expect(await planned(system, wish())).toEqual([])
  })

  test('labels are restored where there are labels', async () => {
    const root = machine()
    mkdirSync(path.join(root, 'usr/sbin'), { recursive: true })
    writeFileSync(path.join(root, 'usr/sbin/restorecon'), '')
    const { system, commands } = liveSystem(root)
    await installInto(system)
    const labelled = commands.find((c) => c.startsWith('restorecon -- '))?.split(' ') ?? []
    for (const made of [rulesFile, '/usr/bin/pktw', '/media/cdvdrw', '/etc/fstab', manifestPath])
      expect(labelled).toContain(made)
    commands.length = 0
    await uninstallFrom(system)
    expect(commands.find((c) => c.startsWith('restorecon -- '))).toContain('/etc/fstab')
  })

  test('without systemd nothing is asked of it', async () => {
    const { system, commands } = liveSystem(temporaryRoot())
    await installInto(system)
    expect(commands.filter((c) => /^(systemctl|busctl)/.test(c))).toEqual([])
    expect(commands).toContain('udevadm control --reload')
  })

  test('uninstall lets the discs go first and leaves the tree as it was', async () => {
    const root = machine()
    const { system, commands } = liveSystem(root)
    const before = listTree(root)
    await installInto(system)
    mkdirSync(path.join(root, 'run/pktw/seen'), { recursive: true })
    commands.length = 0
    const plan = planUninstall(await observe(system)).value ?? []
    expect(plan[0]?.do).toBe('stopUnits')
    expect(plan.at(-1)?.do).toBe('end')
    await runSteps(plan, system)
    expect(commands).toEqual([
      'systemctl stop -- pktw@*.service pktw-spare@*.service pktw-prepare@*.service pktw-eject@*.service pktw-unmap@*.service pktw-look@*.service pktw-lost@*.service pktw-nbd@* pktw-inhibit@* pktw-seat.* pktw*.target pktwd.*',
      'systemctl daemon-reload',
      'systemctl show --property=NeedDaemonReload --value -- pktw@sr0.service',
      reloadsBus,
      'systemctl stop -- system-pktw*.slice',
      'udevadm control --reload',
      'udevadm info --query=property --path=/sys/class/block/sr0',
      'udevadm trigger --action=change /sys/class/block/sr0',
      'udevadm settle --timeout=60',
    ])
    expect(listTree(root)).toEqual(before)
  })

  test.each([
    ['with its disc', 'PKTW_READ_ONLY=1\nID_CDROM_MEDIA=1\n', 1, []],
    // blockdev(8) would pull an open tray in, and open nothing.
    ['empty', 'PKTW_READ_ONLY=1\n', 0, ['install.drive-read-only']],
    ['never made read-only', 'ID_CDROM_MEDIA=1\n', 0, []],
  ])('uninstall gives a drive back as the kernel had it: %s', async (_, stdout, times, told) => {
    const { system, commands } = liveSystem(machine(), (c) =>
      c.startsWith('udevadm info') ? { stdout } : {},
    )
    await installInto(system)
    const { diagnostics } = await runSteps(planUninstall(await observe(system)).value ?? [], system)
    expect(commands.filter((c) => c === 'blockdev --setrw /dev/sr0')).toHaveLength(times)
    expect(diagnostics.map(({ code }) => code)).toEqual(told)
  })

  /** As systemd makes it for StateDirectory= with DynamicUser=. */
  function withDiscState(root: string, files: Record<string, string>): void {
    mkdirSync(path.join(root, 'var/lib/private/pktw/discs'), { recursive: true })
    symlinkSync('../private/pktw/discs', path.join(root, 'var/lib/pktw/discs'))
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(root, 'var/lib/private/pktw/discs', name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  test('uninstall takes away what the engine kept of discs', async () => {
    const root = machine()
    const { system } = liveSystem(root)
    mkdirSync(path.join(root, 'var/lib/private'), { recursive: true })
    const before = listTree(root)
    await installInto(system)
    withDiscState(root, { 'records/a.json': '{"wear":1}' })
    expect(await uninstallFrom(system)).toEqual({ complete: true, diagnostics: [] })
    expect(listTree(root)).toEqual(before)
  })

  test('but not what is not on its disc yet', async () => {
    const root = machine()
    const { system } = liveSystem(root)
    await installInto(system)
    withDiscState(root, { 'journal/a/00000001.journal': 'packet 7', 'records/b.json': '' })
    const { diagnostics } = await runSteps(planUninstall(await observe(system)).value ?? [], system)
    expect(diagnostics.map((d) => [d.code, d.message.includes('journal/a')])).toEqual([
      ['install.keeps-disc-data', true],
    ])
    expect(readFileSync(path.join(root, 'var/lib/pktw/discs/journal/a/00000001.journal'), 'utf8')).toBe(
      'packet 7',
    )
  })

  test('a disc that cannot be let go stops uninstall before anything is removed', async () => {
    const root = machine()
    const { system, commands } = liveSystem(root, (c) =>
      c.startsWith('systemctl stop') ? { code: 1, stderr: 'Job failed.' } : {},
    )
    await installInto(system)
    const before = listTree(root)
    commands.length = 0
    const report = await runSteps(planUninstall(await observe(system)).value ?? [], system)
    expect(report.diagnostics.map((d) => d.message)[0]).toContain('Job failed.')
    expect(commands).toHaveLength(1)
    expect(listTree(root)).toEqual(before)
  })
})
