// Packages: made by the real builders, read by the real checkers, installed and purged by the real dpkg.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, inject, test } from 'vitest'
import { layouts } from '../../src/artifacts/layouts.ts'
import { exit, type Stop } from '../../src/diagnostics/stop.ts'
import { build, writeRecipe } from '../../src/gen/package/build.ts'
import { licenceGroups } from '../../src/gen/package/licences.ts'
import { file } from '../../src/gen/package/payload.ts'
import type { Recipe } from '../../src/gen/package/recipe.ts'
import { tar } from '../../src/gen/package/tar.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { wantedFrom } from '../../src/steps/wanted.ts'
import type { Licence } from '../../src/system/bundle.ts'
import { run } from '../../src/system/run.ts'
import { needTools } from '../tools.ts'

const programs = inject('programs')
/** Programs of others that take their time where the machine is busy. ms. */
const patience = 300_000
const room = mkdtempSync(path.join(inject('scratch'), 'package-'))
const epoch = 1_790_000_000

function gen(argv: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [path.join(programs, 'pktw-gen.mjs'), ...argv], {
    cwd: room,
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), ...env },
  })
}

const made = new Map<string, string>()
/** Made once; the directory that it is in. */
function packageOf(format: string, ...argv: string[]): string {
  const out = path.join(room, format)
  if (!made.has(format)) {
    const { status, stderr } = gen(['package', format, '--out', out, ...argv])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    made.set(format, out)
  }
  return out
}

const below = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort()

const output = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: 'utf8', cwd: room })

/** The same package from another directory, and at another time. */
function again(format: string, product: string): void {
  const first = readFileSync(path.join(packageOf(format), product))
  const out = path.join(room, `${format}-again`)
  expect(gen(['package', format, '--out', out]).status).toBe(0)
  expect(readFileSync(path.join(out, product)).equals(first)).toBe(true)
}

const deb = 'pktw_0.1.0-1_all'

describe('deb', () => {
  const debOf = () => path.join(packageOf('deb'), `${deb}.deb`)
  test(
    'is the same each time',
    (context) => {
      needTools(context, 'dpkg-deb')
      again('deb', `${deb}.deb`)
    },
    patience,
  )
  test(
    'says what it needs, and everything is root’s and as old as SOURCE_DATE_EPOCH',
    (context) => {
      needTools(context, 'dpkg-deb')
      expect(output('dpkg-deb', '--field', debOf(), 'Depends')).toContain('nodejs (>= 20.19), nbd-client')
      expect(output('dpkg-deb', '--field', debOf(), 'Suggests')).toContain('udftools, udisks2')
      const rows = output('dpkg-deb', '--contents', debOf()).trim().split('\n')
      expect(rows.length).toBeGreaterThan(60)
      const day = new Date(epoch * 1000).toISOString().slice(0, 10)
      for (const row of rows)
        expect(row).toMatch(new RegExp(`^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx) root/root .* ${day} `))
    },
    patience,
  )
  test(
    'pktw-gen tree --check finds what it has as it makes it, on whichever day',
    (context) => {
      needTools(context, 'dpkg-deb')
      execFileSync('dpkg-deb', ['--extract', debOf(), path.join(room, 'unpacked')])
      expect(gen(['tree', '--check', 'unpacked'])).toMatchObject({ status: 0, stdout: '', stderr: '' })
      const page = path.join(room, 'unpacked/usr/share/man/man7/pktw.7.gz')
      writeFileSync(page, gzipSync('something else\n'))
      chmodSync(page, 0o644)
      const { status, stdout } = gen(['tree', '--check', 'unpacked'])
      expect([status, stdout.trim()]).toEqual([1, '/usr/share/man/man7/pktw.7.gz: differs'])
    },
    patience,
  )
  test(
    'its scripts are POSIX shell',
    (context) => {
      needTools(context, 'shellcheck')
      const scripts = ['preinst', 'postinst', 'prerm', 'postrm'].map((name) =>
        path.join(packageOf('deb'), deb, 'DEBIAN', name),
      )
      for (const script of scripts) output('sh', '-n', script)
      expect(output('shellcheck', '--shell=sh', ...scripts)).toBe('')
    },
    patience,
  )
  test(
    'lintian finds no error',
    async (context) => {
      needTools(context, 'lintian')
      const { code, stdout, stderr } = await run('lintian', ['--allow-root', '--fail-on', 'error', debOf()], {
        timeoutMs: patience,
      })
      expect({ code, errors: stdout.split('\n').filter((line) => line.startsWith('E:')), stderr }).toEqual({
        code: 0,
        errors: [],
        stderr: '',
      })
    },
    patience,
  )

  /** As dpkg has it with --root and no chroot: scripts get DPKG_ROOT, and nothing of the machine is touched. */
  const dpkg = (root: string, ...argv: string[]) =>
    run('dpkg', [
      `--root=${root}`,
      '--log=/dev/null',
      '--force-script-chrootless',
      '--force-not-root',
      '--force-depends',
      // Images for containers have dpkg leave out man pages and documentation.
      '--path-include=*',
      ...argv,
    ])
  const emptyRoot = (): string => {
    const root = mkdtempSync(path.join(room, 'root-'))
    for (const directory of ['updates', 'info', 'triggers'])
      mkdirSync(path.join(root, 'var/lib/dpkg', directory), { recursive: true })
    for (const name of ['status', 'available']) writeFileSync(path.join(root, 'var/lib/dpkg', name), '')
    mkdirSync(path.join(root, 'etc/udev/rules.d'), { recursive: true })
    return root
  }
  const left = (root: string): string[] =>
    below(root).filter(
      (name) => !name.startsWith('var/lib/dpkg/') && !/^etc\/(group|gshadow|passwd|shadow|\.)/.test(name),
    )
  const mask = 'etc/udev/rules.d/80-pktsetup.rules'
  const configs = ['etc/pktw/pktw.yaml', 'etc/xdg/autostart/pktw-session.desktop']

  test(
    'dpkg installs it, and a purge leaves nothing',
    async (context) => {
      needTools(context, 'dpkg')
      const root = emptyRoot()
      const installed = await dpkg(root, '--install', debOf())
      expect([installed.code, installed.stderr.replace(/dpkg: .*\n/g, '')]).toMatchObject([
        0,
        expect.anything(),
      ])
      expect(readlinkSync(path.join(root, mask))).toBe('/dev/null')
      expect(readlinkSync(path.join(root, 'usr/bin/pktw'))).toBe('../lib/pktw/pktw.mjs')
      expect((await dpkg(root, '--verify', 'pktw')).stdout).toBe('')
      // What a running engine leaves.
      mkdirSync(path.join(root, 'var/lib/private/pktw/discs/journal/a-disc-that-has-all'), {
        recursive: true,
      })
      symlinkSync('../private/pktw/discs', path.join(root, 'var/lib/pktw/discs'))
      expect((await dpkg(root, '--remove', 'pktw')).code).toBe(0)
      expect(left(root)).toEqual([...configs, 'var/lib/pktw/discs'])
      expect((await dpkg(root, '--purge', 'pktw')).code).toBe(0)
      expect(left(root)).toEqual([])
      for (const directory of ['etc/pktw', 'var/lib/pktw', 'var/lib/private/pktw', 'usr/lib/pktw'])
        expect(existsSync(path.join(root, directory)), directory).toBe(false)
    },
    patience,
  )
  test('what is not on its disc yet outlives a purge, and so does somebody else’s mask', async (context) => {
    needTools(context, 'dpkg')
    const root = emptyRoot()
    writeFileSync(path.join(root, mask), '# mine\n')
    await dpkg(root, '--install', debOf())
    const journal = path.join(root, 'var/lib/pktw/discs/journal/a-disc/0001')
    mkdirSync(path.dirname(journal), { recursive: true })
    writeFileSync(journal, 'a packet')
    const { code, stderr } = await dpkg(root, '--purge', 'pktw')
    expect(code).toBe(0)
    expect(stderr).toContain('has data that is not on its disc yet, and stays')
    expect(left(root).sort()).toEqual([mask, path.relative(root, journal)])
  })
  test('a purge of a removed package leaves what pktw install has made since', async (context) => {
    needTools(context, 'dpkg')
    const root = emptyRoot()
    await dpkg(root, '--install', debOf())
    expect((await dpkg(root, '--remove', 'pktw')).code).toBe(0)
    writeFileSync(path.join(root, 'var/lib/pktw/manifest.json'), '{}')
    const { code, stderr } = await dpkg(root, '--purge', 'pktw')
    expect([code, stderr]).toEqual([0, expect.stringContaining("'pktw uninstall' removes it")])
    expect(left(root)).toContain('var/lib/pktw/manifest.json')
  })
  test('does not go over what pktw install made', async (context) => {
    needTools(context, 'dpkg')
    const root = emptyRoot()
    mkdirSync(path.join(root, 'var/lib/pktw'), { recursive: true })
    writeFileSync(path.join(root, 'var/lib/pktw/manifest.json'), '{}')
    const { code, stderr } = await dpkg(root, '--install', debOf())
    expect(code).not.toBe(0)
    expect(stderr).toContain("Run 'pktw uninstall' first")
    expect(left(root)).toEqual(['var/lib/pktw/manifest.json'])
  })
})

describe('licences', () => {
  const licences = JSON.parse(readFileSync(path.join(programs, 'licences.json'), 'utf8')) as Licence[]
  /** esbuild puts the path of each module before its code. */
  const bundled = new Set(
    ['pktw', 'pktw-gen', 'pktw-probe', 'pktw-hook', 'pktw-engine', 'pktwd', 'pktw-session'].flatMap((name) =>
      [
        ...readFileSync(path.join(programs, `${name}.mjs`), 'utf8').matchAll(
          /^(?: {2})?(?:"|\/\/ )(?:\S*\/)?node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//gm,
        ),
      ].map((match) => match[1] as string),
    ),
  )
  test('there is one for everything that is bundled', () => {
    expect(bundled.size).toBeGreaterThan(20)
    expect(bundled).toContain('handlebars')
    expect(bundled).toContain('dbus-next')
    const known = new Set(licences.map(({ name }) => name))
    // npm may have a package under another name than its own.
    const nameOf = (directory: string): string =>
      JSON.parse(readFileSync(`node_modules/${directory}/package.json`, 'utf8')).name
    expect([...bundled].filter((directory) => !known.has(nameOf(directory)))).toEqual([])
    for (const { name, license, text } of licences) {
      expect(license, name).toMatch(/^[\w. ()-]+$/)
      expect(text, name).toMatch(/licen[cs]e|permission/i)
    }
  })
  test('each is told once, with whose it is', () => {
    const groups = licenceGroups(licences)
    expect(groups[0]).toMatchObject({ files: ['*'], copyrights: ['Copyright (c) 2026 the pktw authors'] })
    expect(groups.flatMap(({ names }) => names)).toHaveLength(licences.length)
    // Its licence names nobody.
    const nobodys = groups.filter(({ copyrights }) => copyrights.length === 0)
    expect(nobodys.map(({ names }) => names.join().replace(/ .*/, ''))).toEqual(['@jellybrick/dbus-next'])
    for (const { names, copyrights } of groups)
      for (const copyright of copyrights) expect(copyright, names.join()).toMatch(/\w{3}/)
    expect(groups.flatMap(({ copyrights }) => copyrights).join('\n')).not.toMatch(/yyyy|notice/)
  })
})

describe('rpm', () => {
  test(
    'rpmbuild makes it, the same each time',
    (context) => {
      needTools(context, 'rpmbuild')
      again('rpm', 'pktw-0.1.0-1.noarch.rpm')
      expect(readdirSync(packageOf('rpm')).sort()).toEqual([
        'pktw-0.1.0-1.noarch.rpm',
        'pktw-0.1.0.tar',
        'pktw.rpmlintrc',
        'pktw.spec',
      ])
    },
    patience,
  )
  test(
    'its scriptlets are shell, and leave to systemd what systemd’s file triggers do',
    (context) => {
      needTools(context, 'rpmbuild', 'rpm')
      const scripts = output(
        'rpm',
        '-qp',
        '--scripts',
        path.join(packageOf('rpm'), 'pktw-0.1.0-1.noarch.rpm'),
      )
      expect(scripts.match(/ scriptlet \(using \/bin\/sh\):$/gm)).toHaveLength(4)
      expect(scripts).not.toMatch(/daemon-reload|systemd-sysusers|systemd-tmpfiles/)
      expect(scripts).not.toContain('%%')
      const texts = scripts.split(/^\w+ scriptlet .*$/m).filter((text) => text !== '')
      for (const text of texts) execFileSync('sh', ['-n'], { input: text })
      expect(texts).toHaveLength(4)
    },
    patience,
  )
  test(
    'rpmlint finds no error',
    async (context) => {
      needTools(context, 'rpmlint', 'rpmbuild')
      const out = packageOf('rpm')
      const { stdout } = await run('rpmlint', [
        '--rpmlintrc',
        `${out}/pktw.rpmlintrc`,
        `${out}/pktw.spec`,
        `${out}/pktw-0.1.0-1.noarch.rpm`,
      ])
      expect(stdout).toContain('1 packages and 1 specfiles checked; 0 errors')
    },
    patience,
  )
})

describe('arch', () => {
  const out = path.join(room, 'arch')
  /** makepkg does not work for root. */
  const asNobody = (...argv: string[]) =>
    process.getuid?.() === 0
      ? run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...argv], { cwd: out })
      : run(argv[0] as string, argv.slice(1), { cwd: out })
  test(
    'makepkg reads the PKGBUILD as .SRCINFO has it, and makes the package',
    async (context) => {
      needTools(context, 'makepkg', 'pacman', 'bsdtar', 'zstd', 'fakeroot', 'setpriv')
      expect(gen(['package', 'arch', '--no-build', '--out', out])).toMatchObject({ status: 0, stderr: '' })
      // The directory above is root's alone.
      const there = mkdtempSync('/tmp/pktw-arch-')
      try {
        output('cp', '-r', `${out}/.`, there)
        output('chmod', '-R', 'a+rwX', there)
        const inThere = (...argv: string[]) =>
          asNobody('env', `--chdir=${there}`, `HOME=${there}`, 'PKGEXT=.pkg.tar.zst', ...argv)
        const printed = await inThere('makepkg', '--printsrcinfo')
        expect([printed.stderr, `${printed.stdout}\n`]).toEqual([
          '',
          readFileSync(path.join(out, '.SRCINFO'), 'utf8'),
        ])
        const built = await inThere('makepkg', '--nodeps')
        expect(built.code, built.stderr).toBe(0)
        const files = output('bsdtar', '-tf', `${there}/pktw-0.1.0-1-any.pkg.tar.zst`).split('\n')
        expect(files).toEqual(
          expect.arrayContaining([
            '.INSTALL',
            'usr/bin/pktw',
            'usr/share/licenses/pktw/LICENSES',
            'etc/pktw/pktw.yaml',
          ]),
        )
      } finally {
        output('rm', '-rf', there)
      }
    },
    patience,
  )
  test('its install script is shell', (context) => {
    needTools(context, 'shellcheck')
    gen(['package', 'arch', '--no-build', '--out', out])
    expect(output('shellcheck', '--shell=bash', `${out}/pktw.install`)).toBe('')
  })
})

describe('extensions', () => {
  test(
    'a system extension has what belongs below /usr, and says for which system',
    (context) => {
      needTools(context, 'mksquashfs', 'unsquashfs')
      const out = packageOf('sysext', '--os-id', 'fedora', '--os-version', '42')
      const tree = below(path.join(out, 'sysext/pktw'))
      expect(tree.filter((name) => !name.startsWith('usr/'))).toEqual([])
      expect(tree).toContain('usr/lib/udev/rules.d/61-pktw.rules')
      const release = 'usr/lib/extension-release.d/extension-release.pktw'
      expect(readFileSync(path.join(out, 'sysext/pktw', release), 'utf8')).toMatch(
        /^ID='fedora'\nVERSION_ID='42'\n/,
      )
      const image = path.join(out, 'sysext/pktw.raw')
      const rows = output('unsquashfs', '-lls', image)
        .split('\n')
        .filter((row) => row.includes('squashfs-root'))
      for (const row of rows) expect(row).toContain(' root/root ')
      const inImage = rows.map((row) => row.replace(/^.*squashfs-root\/?/, '').replace(/ -> .*/, ''))
      expect(inImage).toEqual(expect.arrayContaining(tree))
    },
    patience,
  )
  test(
    'a configuration extension has what belongs below /etc, the same each time',
    (context) => {
      needTools(context, 'mksquashfs')
      again('confext', 'confext/pktw.raw')
      expect(below(path.join(packageOf('confext'), 'confext/pktw'))).toEqual([
        'etc/extension-release.d/extension-release.pktw',
        'etc/pktw/pktw.yaml',
        'etc/udev/rules.d/80-pktsetup.rules',
        'etc/xdg/autostart/pktw-session.desktop',
      ])
    },
    patience,
  )
  test('mkfs.erofs makes the image as well', async (context) => {
    needTools(context, 'mkfs.erofs')
    const argv = ['--all-root', `-T${epoch}`, '-U00000000-0000-0000-0000-000000000000']
    gen(['package', 'confext', '--no-build', '--out', 'erofs'])
    const made = await run('mkfs.erofs', [...argv, 'erofs.raw', 'erofs/confext/pktw'], { cwd: room })
    expect(made.code, made.stderr).toBe(0)
  })
  test('what is neither below /usr nor below /etc has no place in one', () => {
    const { status, stderr } = gen(['package', 'sysext', '--layout', 'nixos', '--no-build', '--out', 'x'])
    expect(status).toBe(2)
    expect(stderr).toContain('[gen.outside-extension]')
  })
})

describe('what goes wrong', () => {
  test.each([
    [['deb', '--no-build'], 'package'],
    [['--layout', 'fedora'], 'ansible'],
  ])('a template whose file its verifier refuses: %j', (argv, verb) => {
    mkdirSync(path.join(room, 'bad/modprobe'), { recursive: true })
    writeFileSync(path.join(room, 'bad/modprobe/pktw.conf.hbs'), '# mine\nblacklst pktcdvd\n')
    const { status, stderr } = gen([verb, ...argv, '--templates', 'bad', '--out', 'refused'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/pktw\.conf\.hbs:2:1: error: modprobe\.d\(5\): .*\[gen\.check-file\]/)
    expect(existsSync(path.join(room, 'refused'))).toBe(false)
  })
  test.each([
    ['--os-id', ''],
    ['--os-id', 'Fedora'],
    ['--os-id', 'a\nb'],
    ['--os-version', '42 "x"'],
  ])('%s %j is nothing that os-release has', (option, value) => {
    const { status, stderr } = gen(['package', 'sysext', '--no-build', '--out', 'x', `${option}=${value}`])
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`${option} ${JSON.stringify(value)} is not`),
    ])
  })
  test.each([
    ['package/deb/postinst', ['package', 'deb'], 'set -e\nif true; then\n', 'sh -n: Syntax error'],
    ['package/deb/control', ['package', 'deb'], 'Package: pktw\nno field\n', 'deb822(5): this is no field'],
    ['package/arch/PKGBUILD', ['package', 'arch'], 'pkgname=pktw\nif true; then\n', 'bash -n: '],
    ['package/ansible/tasks.yml', ['ansible'], '- name: x\n- bogus: [\n', 'YAML: '],
  ])('%s that its grammar refuses', (name, argv, text, says) => {
    const own = path.join(room, 'wrong', name.replaceAll('/', '-'))
    mkdirSync(path.join(own, path.dirname(name)), { recursive: true })
    writeFileSync(path.join(own, `${name}.hbs`), text)
    const { status, stderr } = gen([...argv, '--templates', own, '--out', 'refused'])
    expect(status).toBe(1)
    expect(stderr).toContain(says)
    expect(stderr).toMatch(new RegExp(`${name}\\.hbs:\\d+:1: error: .*\\[gen\\.check-package\\]`))
    expect(existsSync(path.join(room, 'refused'))).toBe(false)
  })
  test('what only the builder can look at is a warning', () => {
    mkdirSync(path.join(room, 'theirs/package/rpm'), { recursive: true })
    writeFileSync(path.join(room, 'theirs/package/rpm/pktw.rpmlintrc.hbs'), '# none\n')
    const argv = ['package', 'rpm', '--no-build', '--templates', 'theirs', '--out', 'warned']
    const { status, stderr } = gen(argv)
    expect([status, stderr]).toEqual([0, expect.stringContaining('[gen.check-missing]')])
  })
  test('an extension for a distribution of no version', () => {
    const argv = ['package', 'sysext', '--no-build', '--out', 'rolling', '--os-id', 'arch']
    const { status, stderr } = gen(argv)
    expect([status, stderr]).toEqual([0, expect.stringContaining('[gen.extension-version]')])
    expect(gen([...argv, '--os-version', '1']).stderr).toBe('')
  })
  test.each(['x', 'a@b.c', '<a@b.c>', 'A <b>'])('--maintainer %s is none', (value) => {
    const { status, stderr } = gen(['package', 'deb', '--maintainer', value, '--out', 'x'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('is not written NAME <ADDRESS>')])
  })
  test('a value that has no place in the file', () => {
    const { status, stderr } = gen(['package', 'deb', '--maintainer', 'a\nb <c@d.e>', '--out', 'x'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('[gen.package-value]')])
  })
  test('a template that is broken', () => {
    mkdirSync(path.join(room, 'own/package/deb'), { recursive: true })
    writeFileSync(path.join(room, 'own/package/deb/control.hbs'), 'Package: pktw\n{{version}}\n')
    const { status, stderr } = gen(['package', 'deb', '--templates', 'own', '--out', 'x'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/control\.hbs:2:1: error: .*\[gen\.template-broken\]/)
    expect(stderr).not.toContain('[gen.template-useless]')
  })
  const recipe = (program: string): Recipe => ({
    stages: ['a'],
    nodes: [file('/a', 'text')],
    product: 'a.package',
    builders: [{ program, argv: [], from: 'its-package' }],
  })
  test('no builder: its name is told, and the files are there', async () => {
    const out = path.join(room, 'no-builder')
    await writeRecipe(out, recipe('pktw-no-such-builder'), epoch)
    const { product, diagnostics } = await build(out, recipe('pktw-no-such-builder'), 'deb', epoch)
    expect(product).toBeUndefined()
    expect(diagnostics).toMatchObject([
      { code: 'gen.no-builder', message: expect.stringContaining('pktw-no-such-builder is not installed') },
    ])
    expect(lstatSync(path.join(out, 'a')).mtimeMs).toBe(epoch * 1000)
  })
  test('a builder without the program that it needs: as no builder', async () => {
    const made = recipe('false')
    const [builder] = made.builders
    const incomplete = { ...made, builders: [{ ...builder!, needs: 'pktw-no-such-needed' }] }
    const { product, diagnostics } = await build(room, incomplete, 'arch', epoch)
    expect(product).toBeUndefined()
    expect(diagnostics[0]?.message).toContain('as false or pktw-no-such-needed is not installed')
  })
  test('a builder that fails', async () => {
    const stop = await build(room, recipe('false'), 'deb', epoch).catch((error: Stop) => error)
    expect(stop).toMatchObject({ code: exit.findings, diagnostics: [{ code: 'gen.builder-failed' }] })
  })
})

describe('the archive', () => {
  test('tar reads it', (context) => {
    needTools(context, 'tar')
    const deep = `/${'d'.repeat(90)}/${'e'.repeat(90)}`
    const bytes = tar(
      [
        { kind: 'directory', path: '/own' },
        file('/own/f', 'x'.repeat(513), 0o755),
        { kind: 'link', path: '/l', target: 'own/f' },
        file(deep, ''),
      ],
      epoch,
    )
    const rows = execFileSync('tar', ['--list', '--verbose', '--utc', '--file=-'], {
      input: bytes,
      encoding: 'utf8',
    })
    expect(rows.replace(/ +/g, ' ').trim().split('\n')).toEqual([
      'drwxr-xr-x root/root 0 2026-09-21 14:13 own/',
      '-rwxr-xr-x root/root 513 2026-09-21 14:13 own/f',
      'lrwxrwxrwx root/root 0 2026-09-21 14:13 l -> own/f',
      `-rw-r--r-- root/root 0 2026-09-21 14:13 ${deep.slice(1)}`,
    ])
  })
  test('a name that it cannot hold is refused', () => {
    expect(() => tar([file(`/${'n'.repeat(300)}`, '')], epoch)).toThrow(RangeError)
  })
})

test('only programs get the interpreter in their first line', () => {
  const bytes = Buffer.from('#!/usr/bin/env sh\n')
  const { files } = wantedFrom({
    settings: defaults,
    settingsText: '',
    artifacts: [],
    programs: [
      { name: 'p.mjs', mode: 0o755, bytes },
      { name: 'templates/t.hbs', mode: 0o644, bytes },
    ],
    layout: layouts.debian,
  })
  expect(files.slice(0, 2).map((f) => Buffer.from(f.bytes).toString())).toEqual([
    '#!/usr/bin/node\n',
    '#!/usr/bin/env sh\n',
  ])
})
