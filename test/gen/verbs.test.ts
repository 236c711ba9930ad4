// pktw-gen's command lines: what it prints and exits with. Most run in this process, a few as one bundled file.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { pkgConfigDirectories } from '../../src/gen/pkg-config.ts'
import { pktwGen } from '../../src/gen/program.ts'
import { needTools, skip } from '../tools.ts'

const room = mkdtempSync(path.join(tmpdir(), 'pktw-gen-test-'))
beforeAll(() => {
  const write = (name: string, text: string) => writeFileSync(path.join(room, name), text)
  write('fstab.yaml', 'mount: { style: fstab, where: /mnt/a b }\n')
  write('bad.yaml', 'mount: { where: x, stile: fstab }\n')
  write('loud.yaml', 'device: { mode: 0666 }\n')
  mkdirSync(path.join(room, 'own/modules-load'), { recursive: true })
  mkdirSync(path.join(room, 'odd/udev/61-pktw.rules.hbs'), { recursive: true })
  write('own/modules-load/pktw.conf.hbs', 'sg\n{{modules}}\n')
})
afterAll(() => rmSync(room, { recursive: true }))

interface Ran {
  status: number | null
  stdout: string
  stderr: string
}

// A path that is not of the room is left alone.
const takesPath = new Set(['--config', '--templates', '--destdir', '--diff', '--check'])

/** In this thread, which has no working directory of its own: paths are put into the room, and told without it. */
async function gen(...argv: string[]): Promise<Ran> {
  const ran: Ran = { status: null, stdout: '', stderr: '' }
  const catcher = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      ran[stream] += String(text).replaceAll(`${room}/`, '')
      return true
    })
  const spies = [catcher('stdout'), catcher('stderr')]
  const isPath = (arg: string, i: number) => takesPath.has(argv[i - 1] ?? '') || arg.endsWith('.yaml')
  try {
    ran.status = await pktwGen(argv.map((arg, i) => (isPath(arg, i) ? path.resolve(room, arg) : arg)))
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return ran
}

/** As it is installed. */
const program = path.join(inject('programs'), 'pktw-gen.mjs')
function installed(...argv: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    cwd: room,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('usage and its errors', () => {
  test.each<[string[], number, string]>([
    [[], 2, 'a verb is missing [gen.usage]'],
    [['tree'], 2, 'needs one of --destdir, --diff and --check [gen.tree-how]'],
    [['tree', '--destdir', 'x', '--check', 'x'], 2, '[gen.tree-how]'],
    [['tree', '--check', 'nowhere'], 2, '[gen.compare-failed]'],
    [['tree', '--check', 'bad.yaml'], 2, 'it is not a directory [gen.compare-failed]'],
    [['tree', '--check='], 2, '--check is given, and has no value [gen.directory-unnamed]'],
    [['tree', '--destdir='], 2, '[gen.directory-unnamed]'],
    [['tree', '--layout', 'arch', '--destdir'], 2, 'Not enough arguments following: destdir [gen.usage]'],
    // mkdir(2) says ENOENT there for as long as it is asked.
    [['tree', '--destdir', '/proc/pktw/x'], 1, '/proc/pktw/x cannot be written: ENOENT'],
    [['package', 'deb', '--no-build', '--out='], 2, '[gen.directory-unnamed]'],
    [['ansible', '--out='], 2, '[gen.directory-unnamed]'],
    [['list', '--unitdir', '/'], 2, '--unitdir "/" is not an absolute path below /'],
    [['list', '--prefix', 'usr', '--unitdir', '/a/../b'], 2, '--unitdir "/a/../b" is not an absolute path'],
    [['lsit'], 2, 'Did you mean list? [gen.usage]'],
    [['list', '--layout', 'plan9'], 2, 'Choices'],
    [['list', '--config', 'nowhere.yaml'], 2, '[gen.config-unreadable]'],
    [['list', '--templates', 'nowhere'], 2, '[gen.no-templates]'],
    [['list', '--templates', 'bad.yaml'], 2, '[gen.no-templates]'],
    [
      ['list', '--templates', 'odd'],
      2,
      'odd/udev/61-pktw.rules.hbs cannot be used: it is not a regular file',
    ],
    [
      ['list', '--node', 'node'],
      2,
      '--node "node" is not an absolute path below /, without "." and ".." in it [gen.path-not-absolute]',
    ],
    [['show', 'udev-rule'], 2, 'Did you mean udev-rules?'],
    [['show', 'fstab-line'], 1, '[gen.kind-not-made]'],
    [
      ['show', 'modules-load', '--templates', 'own'],
      1,
      'own/modules-load/pktw.conf.hbs:2:1: error: the template modules-load/pktw.conf',
    ],
    [['tree', '--destdir', 'bad.yaml/x'], 1, '[gen.write-failed]'],
    [
      ['list', '--config', 'bad.yaml'],
      1,
      'bad.yaml:1:20: error: there is no setting stile in mount [settings.unknown-key]',
    ],
    [['config', 'check', 'bad.yaml'], 1, 'bad.yaml:1:17: error: the mount point x is not absolute'],
    [['config'], 2, 'check, show or schema'],
  ])('%j', async (argv, status, says) => {
    const result = await gen(...argv)
    expect(result.stderr).toContain(says)
    expect(result.stderr).not.toMatch(/^\s+at /m)
    expect(result).toMatchObject({ status, stdout: '' })
  })

  test('with --json an error is a document on stdout', async () => {
    const { status, stdout, stderr } = await gen('list', '--json', '--config', 'bad.yaml')
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout).diagnostics.map((d: { code: string }) => d.code)).toEqual([
      'settings.bad-where',
      'settings.unknown-key',
    ])
  })

  test.each(['tree', 'check'])('%s --help has an example and the exit codes', (verb) => {
    const { status, stdout } = installed(verb, '--help')
    expect(status).toBe(0)
    expect(stdout).toMatch(/Examples:\n +pktw-gen/)
    expect(stdout).toContain('Exit codes: 0 done')
  })
})

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort()

describe('tree', () => {
  test('writes what it says, with fixed modes, and the same again', async () => {
    const argv = ['tree', '--destdir', 'out', '--config', 'fstab.yaml', '--layout', 'local']
    const first = await gen(...argv)
    expect(first).toMatchObject({ status: 0, stderr: '' })
    const said = first.stdout
      .trim()
      .split('\n')
      .map((p) => p.slice(1))
    expect(filesBelow(path.join(room, 'out'))).toEqual([...said].sort())
    for (const file of said) expect(statSync(path.join(room, 'out', file)).mode & 0o777, file).toBe(0o644)
    expect(readFileSync(path.join(room, 'out/usr/lib/pktw/fstab.pktw'), 'utf8').split('\n')).toHaveLength(3)
    expect(said).not.toContain('etc/fstab')
    expect(await gen(...argv)).toEqual(first)
    expect(filesBelow(path.join(room, 'out'))).toEqual([...said].sort())
  })
  test('--dry-run writes nothing, --json tells each file’s sum', async () => {
    const { stdout } = await gen('tree', '--destdir', 'dry', '--dry-run', '--json')
    const told = JSON.parse(stdout) as {
      written: boolean
      files: { path: string; mode: string; sha256: string }[]
    }
    expect(told.written).toBe(false)
    expect(told.files[0]).toMatchObject({ mode: '0644', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(readdirSync(room)).not.toContain('dry')
  })
  test('a link in the directory leads nowhere outside of it', async () => {
    mkdirSync(path.join(room, 'trap'))
    execFileSync('ln', ['-s', path.join(room, 'elsewhere'), path.join(room, 'trap/usr')])
    mkdirSync(path.join(room, 'elsewhere'))
    await gen('tree', '--destdir', 'trap')
    expect(filesBelow(path.join(room, 'elsewhere'))).toEqual([])
  })
})

describe('compared with what is there', () => {
  const there = (file: string) => path.join(room, 'there/usr/lib', file)
  const look = (...argv: string[]) => gen('tree', ...argv, '--layout', 'arch')
  test('nothing is said of what is as it should be', async () => {
    await look('--destdir', 'there')
    const nothing = { status: 0, stdout: '', stderr: '' }
    expect(await look('--check', 'there')).toEqual(nothing)
    expect(await look('--diff', 'there')).toEqual(nothing)
  })
  test('each kind of drift', async () => {
    writeFileSync(there('tmpfiles.d/pktw.conf'), 'd /somewhere\n')
    chmodSync(there('modules-load.d/pktw.conf'), 0o600)
    rmSync(there('systemd/system/pktw@.service'))
    rmSync(there('udev/rules.d/61-pktw.rules'))
    mkdirSync(there('udev/rules.d/61-pktw.rules'))
    writeFileSync(there('systemd/system/pktw-old.service'), '[Service]\n')
    writeFileSync(there('systemd/system/ssh.service'), 'none of ours\n')
    const { status, stdout } = await look('--check', 'there')
    expect(status).toBe(1)
    expect(stdout.trim().split('\n')).toEqual([
      '/usr/lib/modules-load.d/pktw.conf: has mode 0600, not 0644',
      '/usr/lib/systemd/system/pktw-old.service: is not made by these settings',
      '/usr/lib/systemd/system/pktw@.service: is not there',
      '/usr/lib/tmpfiles.d/pktw.conf: differs',
      '/usr/lib/udev/rules.d/61-pktw.rules: is a directory, not a plain file',
    ])
    const told = JSON.parse((await look('--check', 'there', '--json')).stdout)
    expect(told.drift.map((d: { what: string }) => d.what)).toEqual([
      'changed',
      'unexpected',
      'missing',
      'changed',
      'no-file',
    ])
  })
  test('the diff makes the one of the other', async (context) => {
    needTools(context, 'patch')
    rmSync(there('udev/rules.d/61-pktw.rules'), { recursive: true })
    const { status, stdout } = await look('--diff', 'there')
    expect(status).toBe(1)
    expect(stdout).toContain('--- a/usr/lib/tmpfiles.d/pktw.conf\n+++ b/usr/lib/tmpfiles.d/pktw.conf\n')
    expect(stdout).toContain('-d /somewhere\n')
    execFileSync('patch', ['-p1', '--quiet', '-d', path.join(room, 'there')], { input: stdout })
    const after = (await look('--check', 'there')).stdout.trim().split('\n')
    // patch knows no modes.
    expect(after.every((line) => line.includes('has mode 0600'))).toBe(true)
  })
})

test('what other settings have left is named', async () => {
  writeFileSync(
    path.join(room, 'old.yaml'),
    'mount: { where: /media/olddisc, slots: 3, automount: 60 }\naccess: { admins: disc-admins }\n',
  )
  await gen('tree', '--destdir', 'left', '--config', 'old.yaml')
  await gen('tree', '--destdir', 'left', '--config', 'fstab.yaml')
  writeFileSync(path.join(room, 'left/usr/lib/systemd/system/var.mount'), '[Mount]\n')
  const units = ['', '1', '2'].flatMap((n) =>
    ['automount', 'mount'].map((kind) => `media-olddisc${n}.${kind}`),
  )
  const unexpected = [
    '/usr/lib/pktw/fstab.pktw',
    ...units.map((name) => `/usr/lib/systemd/system/${name}`),
    '/usr/share/polkit-1/rules.d/50-pktw.rules',
  ].map((file) => `${file}: is not made by these settings`)
  const { status, stdout } = await gen('tree', '--check', 'left')
  expect(status).toBe(1)
  expect(stdout.split('\n').filter((line) => line.includes('is not made'))).toEqual(unexpected)
  expect((await gen('tree', '--check', 'left', '--config', 'fstab.yaml')).stdout.trim().split('\n')).toEqual(
    unexpected.slice(1),
  )
})

test('what others may not look into is no failure, and is said', async (context) => {
  if (process.getuid?.() !== 0) skip(context, 'only root can become another user')
  const nobody = { cwd: '/', encoding: 'utf8', uid: 65534, gid: 65534 } as const
  if (spawnSync(process.execPath, ['--version'], nobody).status !== 0)
    skip(context, `${process.execPath} is for root alone`)
  const root = path.join(room, 'shut')
  await gen('tree', '--destdir', 'shut')
  const rules = path.join(root, 'usr/share/polkit-1/rules.d')
  mkdirSync(rules)
  cpSync(inject('programs'), path.join(room, 'programs'), { recursive: true })
  chmodSync(room, 0o755)
  execFileSync('chmod', ['-R', 'go+rX', root, path.join(room, 'programs')])
  chmodSync(rules, 0o700)
  const theirs = path.join(room, 'programs/pktw-gen.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, [theirs, 'tree', '--check', root], nobody)
  expect([status, stdout]).toEqual([0, ''])
  expect(stderr).toContain(
    '/usr/share/polkit-1/rules.d/50-pktw.rules is left from other settings is not known',
  )
  expect(stderr).toContain('[gen.compare-unread]')
})

test('a file that is no UTF-8 is named in a diff, and no patch is made of it', async () => {
  await gen('tree', '--destdir', 'binary')
  const file = '/usr/lib/tmpfiles.d/pktw.conf'
  writeFileSync(path.join(room, 'binary', file), Buffer.from([0x23, 0xff, 0xfe, 0x0a]))
  expect((await gen('tree', '--diff', 'binary')).stdout).toBe(`# ${file}: differs\n`)
})

describe('compared with what a package brought', () => {
  const page = path.join(room, 'packed/usr/share/man/man7/pktw.7')
  /** As a package has it, whatever the umask. */
  const write = (file: string, bytes: string | Uint8Array) => {
    writeFileSync(file, bytes)
    chmodSync(file, 0o644)
  }
  const check = async () => (await gen('tree', '--check', 'packed')).stdout.trim()
  beforeAll(async () => {
    await gen('tree', '--destdir', 'packed')
  })
  test.for(['gzip', 'bzip2', 'xz', 'zstd'])('pages packed by %s', async (program, context) => {
    needTools(context, program)
    const text = readFileSync(page)
    execFileSync(program, program === 'zstd' ? ['--rm', '-q', page] : [page])
    for (const name of readdirSync(path.dirname(page))) chmodSync(path.join(path.dirname(page), name), 0o644)
    onTestFinished(() => {
      for (const name of readdirSync(path.dirname(page))) rmSync(path.join(path.dirname(page), name))
      write(page, text)
    })
    expect(existsSync(page)).toBe(false)
    expect(await check()).toBe('')
  })
  test('a packed page that is another, or damaged', async () => {
    const text = readFileSync(page)
    rmSync(page)
    onTestFinished(() => {
      rmSync(`${page}.gz`)
      write(page, text)
    })
    write(`${page}.gz`, gzipSync('.TH "PKTW" "7"\n'))
    expect(await check()).toBe('/usr/share/man/man7/pktw.7.gz: differs')
    write(page, text)
    expect(await check()).toBe('/usr/share/man/man7/pktw.7.gz: is not made by these settings')
    rmSync(page)
    expect((await gen('tree', '--diff', 'packed')).stdout).toBe('# /usr/share/man/man7/pktw.7.gz: differs\n')
    write(`${page}.gz`, 'no gzip')
    expect(await check()).toBe(
      '/usr/share/man/man7/pktw.7.gz: is a damaged file (incorrect header check), not a plain file',
    )
  })
  test('the day it was made on is nothing that differs', async () => {
    vi.stubEnv('SOURCE_DATE_EPOCH', '86400')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await check()).toBe('')
  })
})

describe('manifest', () => {
  test('sha256sum accepts it', async () => {
    await gen('tree', '--destdir', 'summed')
    const { stdout } = await gen('manifest', '--sha256sum')
    const checked = spawnSync('sha256sum', ['--check', '--strict', '--quiet'], {
      cwd: path.join(room, 'summed'),
      input: stdout,
      encoding: 'utf8',
    })
    expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(stdout.trim().split('\n')).toHaveLength(filesBelow(path.join(room, 'summed')).length)
  })
  test('each file with the settings that made it', async () => {
    const { files } = JSON.parse((await gen('manifest')).stdout) as {
      files: { path: string; mode: string; settings: string[] }[]
    }
    const settings = (path: string) => files.find((file) => file.path.endsWith(path))?.settings
    expect(settings('modules-load.d/pktw.conf')).toEqual([])
    expect(settings('media-cdvdrw1.mount')).toEqual([
      'mount.style',
      'mount.where',
      'mount.options',
      'mount.slots',
    ])
    expect(settings('61-pktw.rules')).toEqual(
      expect.arrayContaining(['device.mode', 'media.cd-rw', 'drives']),
    )
    expect(settings('61-pktw.rules')).not.toContain('write.after')
    expect(settings('settings.json')).toContain('write.speed.dvd+rw')
  })
})

describe('directories', () => {
  const paths = async (...argv: string[]) => {
    const { stdout, stderr } = await gen('manifest', '--sha256sum', ...argv)
    return stderr === '' ? stdout.split('\n').map((line) => `/${line.slice(66)}`) : [stderr]
  }
  test('one moves what is below it; one of its own goes before', async () => {
    const found = await paths('--prefix', '/opt/p/', '--unitdir', '/units')
    expect(found).toContain('/opt/p/lib/udev/rules.d/61-pktw.rules')
    expect(found).toContain('/opt/p/share/polkit-1/actions/org.pktw.policy')
    expect(found).toContain('/units/pktw@.service')
  })
  test('/ is a prefix without a second slash', async () => {
    const found = await paths('--prefix', '/')
    expect(found).toContain('/lib/udev/rules.d/61-pktw.rules')
    expect(found).toContain('/share/man/man7/pktw.7')
    expect(found.filter((at) => at.includes('//'))).toEqual([])
  })
  test('programs are named where they are', async () => {
    const { stdout } = await gen('show', 'engine-unit', '--libexecdir', '/opt/a b', '--node', '/n/node')
    expect(stdout).toContain(
      'ExecStart=/n/node --jitless --max-semi-space-size=1 --v8-pool-size=1 "/opt/a b/pktw/pktw-engine.mjs" %I',
    )
    const rules = await gen('show', 'udev-rules', '--systemctl', '/s/systemctl')
    expect(rules.stdout).toContain('"/s/systemctl --no-block start pktw-eject@%k.service"')
  })
  describe('of pkg-config', () => {
    const modules = path.join(room, 'modules')
    const withModules = async (texts: Record<string, string>, ...argv: string[]) => {
      rmSync(modules, { recursive: true, force: true })
      mkdirSync(modules)
      for (const [name, text] of Object.entries(texts))
        writeFileSync(path.join(modules, `${name}.pc`), `${text}\nName: x\nDescription: x\nVersion: 1\n`)
      vi.stubEnv('PKG_CONFIG_LIBDIR', modules)
      try {
        return await paths('--pkg-config', ...argv)
      } finally {
        vi.unstubAllEnvs()
      }
    }
    const good = {
      udev: 'prefix=/usr\nudevdir=\x24{prefix}/lib/udev-of-pc',
      systemd:
        'systemdsystemunitdir=/u\nsystemduserunitdir=/v\ntmpfilesdir=/t\nsysusersdir=/s\nmodulesloaddir=/m\nprefix=/usr',
      // As dbus 1.14 has it: its policies are beside.
      'dbus-1':
        'prefix=/usr\ndatadir=\x24{prefix}/d\nsystem_bus_services_dir=\x24{datadir}/dbus-1/system-services\ninterfaces_dir=\x24{datadir}/dbus-1/interfaces',
      'polkit-gobject-1': 'prefix=/usr\nactiondir=\x24{prefix}/share/polkit-9/actions',
    }
    test('as they are there, but for those that are given', async (context) => {
      needTools(context, 'pkg-config')
      const found = await withModules(good, '--tmpfilesdir', '/mine')
      expect(found).toEqual(
        expect.arrayContaining([
          '/usr/lib/udev-of-pc/rules.d/61-pktw.rules',
          '/u/pktw@.service',
          '/mine/pktw.conf',
          '/m/pktw.conf',
          '/v/pktw-session.service',
          '/usr/share/polkit-9/actions/org.pktw.policy',
          '/usr/d/dbus-1/interfaces/org.pktw.Pktw1.xml',
          '/usr/d/dbus-1/system-services/org.pktw.Pktw1.service',
          '/usr/d/dbus-1/system.d/org.pktw.Pktw1.conf',
        ]),
      )
      expect(await withModules(good, '--prefix', '/opt')).toContain(
        '/opt/lib/udev-of-pc/rules.d/61-pktw.rules',
      )
    })
    test('no pkg-config', async () => {
      const missing = async () => ({ code: 127, stdout: '', stderr: 'not found' })
      await expect(pkgConfigDirectories({}, missing)).rejects.toMatchObject({
        diagnostics: [{ code: 'gen.no-pkg-config' }],
      })
    })
    test('everything that is missing is told, with what has it', async (context) => {
      needTools(context, 'pkg-config')
      const [said] = await withModules({ systemd: good.systemd.replace('sysusersdir', 'sysuserdir') })
      expect(said).toContain('[gen.pkg-config-missing]')
      expect(said).toContain('udev.pc does not say where files go: ')
      expect(said).toContain('systemd.pc does not say where files go: it has no variable sysusersdir')
      expect(said).toContain(
        'Install libpolkit-gobject-1-dev (Fedora: polkit-devel), or give --polkitactionsdir.',
      )
    })
  })
})

describe('SOURCE_DATE_EPOCH', () => {
  const show = async (epoch: string) => {
    vi.stubEnv('SOURCE_DATE_EPOCH', epoch)
    try {
      return await gen('show', 'man-overview')
    } finally {
      vi.unstubAllEnvs()
    }
  }
  test('is the date of man pages', async () => {
    expect((await show('86400')).stdout).toContain('.TH "PKTW" "7" "1970-01-02" ')
    expect((await show('')).stdout).toBe(readFileSync('man/pktw.7', 'utf8'))
  })
  test.each(['yesterday', '-1', '999999999999999'])('%s is refused', async (epoch) => {
    const { status, stderr } = await show(epoch)
    expect(status).toBe(2)
    expect(stderr).toContain('[gen.bad-epoch]')
  })
})

test('an option that is given twice is the last one', async () => {
  const twice = await gen('list', '--layout', 'debian', '--layout', 'arch')
  expect(twice).toEqual(await gen('list', '--layout', 'arch'))
  expect(twice.status).toBe(0)
})

test('a date changes what is made by no setting', async () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000')
  const { files } = JSON.parse((await gen('manifest')).stdout) as {
    files: { path: string; settings: string[] }[]
  }
  vi.unstubAllEnvs()
  const pages = files.filter((file) => file.path.endsWith('.metainfo.xml'))
  expect(pages.map((page) => page.settings)).toEqual([[]])
})

test('list names every kind', async () => {
  const { artifacts } = JSON.parse((await gen('list', '--json')).stdout)
  expect(artifacts.map((a: { kind: string }) => a.kind)).toContain('polkit-policy')
  expect((await gen('list')).stdout).toContain('/usr/lib/udev/rules.d/61-pktw.rules')
})

test('show prints the artifact and nothing else; warnings go to stderr', async () => {
  const { status, stdout, stderr } = await gen(
    'show',
    'udev-rules',
    '--config',
    'loud.yaml',
    '--node',
    '/opt/node',
  )
  expect(status).toBe(0)
  expect(stdout).toMatch(/^# pktw: [\s\S]*LABEL="pktw_end"\n$/)
  expect(stdout).toContain('MODE="0666"')
  expect(stdout).toContain('IMPORT{program}="/opt/node --jitless')
  expect(stderr).toContain('loud.yaml:1:17: warning')
})

describe('config', () => {
  test('show gives a file that says the same', async () => {
    const shown = await gen('config', 'show', 'fstab.yaml')
    writeFileSync(path.join(room, 'again.yaml'), shown.stdout)
    expect(await gen('config', 'show', 'again.yaml')).toEqual(shown)
    expect(parseYaml(shown.stdout).mount).toMatchObject({ style: 'fstab', where: '/mnt/a b', slots: 2 })
  })
  test('schema is JSON Schema', async () => {
    expect(JSON.parse((await gen('config', 'schema')).stdout).$schema).toContain('json-schema.org')
  })
  test('check of a good file', async () => {
    expect(await gen('config', 'check', 'fstab.yaml')).toEqual({
      status: 0,
      stdout: 'fstab.yaml: good\n',
      stderr: '',
    })
  })
})

test('a directory that may not be written is told without a stack', async () => {
  mkdirSync(path.join(room, 'locked'))
  writeFileSync(path.join(room, 'locked/usr'), 'a file in the way')
  chmodSync(path.join(room, 'locked'), 0o500)
  const { status, stderr } = await gen('tree', '--destdir', 'locked')
  // Or whoever is not root could not clean up.
  chmodSync(path.join(room, 'locked'), 0o700)
  expect(status).toBe(1)
  // Root meets the file first; anybody else the directory, in which /etc comes before.
  expect(stderr).toMatch(/^error: \/(etc|usr)\/\S* cannot be written: E(ACCES|EXIST|NOTDIR)\b/)
})

test('what nobody has thought of is told without a stack', async () => {
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    throw new Error('out of ink')
  })
  let said = ''
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  const code = await pktwGen(['list'])
  stdout.mockRestore()
  stderr.mockRestore()
  expect(code).toBe(2)
  expect(said).toContain('error: this should not happen: out of ink [gen.failed]\n')
  expect(said).not.toMatch(/^\s+at /m)
})

describe('installed, as one file beside its templates', () => {
  test('the same files as from the sources', async () => {
    expect(installed('tree', '--destdir', 'one', '--layout', 'arch')).toMatchObject({ status: 0, stderr: '' })
    await gen('tree', '--destdir', 'two', '--layout', 'arch')
    const texts = (name: string) =>
      filesBelow(path.join(room, name)).map((file) => [
        file,
        readFileSync(path.join(room, name, file), 'utf8'),
      ])
    expect(texts('one')).toEqual(texts('two'))
  })
  test('errors go to stderr, the exit code is theirs', () => {
    expect(installed('show', 'nothing')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('[gen.kind-unknown]'),
    })
  })
})
