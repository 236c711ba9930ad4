// What the guest gets to try: dist/ as it was built, and the package that is made of it, on a disk of its own.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { stat, truncate } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { LabError } from './host.ts'
import { recipeFor, type Suite } from './recipe.ts'

/** Where the guest unpacks the disk to. */
const unpacked = '/opt/pktw-lab'

/** The program as it was built, not installed: `pktw install` is called of it. */
export const built = ['node', `${unpacked}/dist/pktw.mjs`]
export const builtGen = ['node', `${unpacked}/dist/pktw-gen.mjs`]

/** The package in the guest, and, where the suite has a Node that is too old, one of the lab's own Node. */
export const debInGuest = `${unpacked}/packages/pktw.deb`
const nodeInGuest = `${unpacked}/packages/nodejs.deb`

/** The disk keeps one size, so that a machine may be resumed with another product in it. */
const bytes = 48 * 1024 * 1024

/** Where pktw-gen is told to put the package's files. */
export const layoutOf: Record<Suite, string> = { sid: 'debian', trixie: 'debian', bookworm: 'debian-12' }

const must = async (program: string, argv: string[]): Promise<string> => {
  const ran = await execa(program, argv, { reject: false, all: true })
  if (ran.exitCode !== 0) throw new LabError(`${program} ${argv.join(' ')} failed:\n${ran.all}`)
  return ran.stdout
}

/**
 * A directory that `pktw-gen package FORMAT` has filled, away again when the lab ends, and what it made there. Throws LabError.
 * `checkout`: the folder that holds dist/.
 */
export async function makePackage(checkout: string, format: string, ...more: string[]): Promise<string> {
  const out = mkdtempSync(path.join(os.tmpdir(), 'pktw-lab-package-'))
  process.once('exit', () => rmSync(out, { recursive: true, force: true }))
  const gen = path.join(checkout, 'dist/pktw-gen.mjs')
  const said = await must(process.execPath, [gen, 'package', format, '--json', '--out', out, ...more])
  return path.join(out, (JSON.parse(said) as { product: string }).product)
}

/** As NodeSource's has it: the package `nodejs`, with a `/usr/bin/node`. */
const nodePackage = (room: string): string => {
  const tree = path.join(room, 'nodejs')
  mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true })
  mkdirSync(path.join(tree, 'usr/bin'), { recursive: true })
  const rows = ['Package: nodejs', `Version: ${process.versions.node}-lab`, 'Architecture: all']
  const about = ['Maintainer: the lab <lab@pktw.invalid>', "Description: the lab's own Node.js"]
  writeFileSync(path.join(tree, 'DEBIAN/control'), `${[...rows, ...about].join('\n')}\n`)
  symlinkSync('../local/bin/node', path.join(tree, 'usr/bin/node'))
  return tree
}

const made = new Map<string, Promise<string>>()

/** A folder with the packages of this build for this suite; made once. */
const packagesOf = async (checkout: string, suite: Suite): Promise<string> => {
  const { mtimeMs } = await stat(path.join(checkout, 'dist/pktw-gen.mjs'))
  const key = `${suite} ${mtimeMs}`
  const make = async (): Promise<string> => {
    const deb = await makePackage(checkout, 'deb', '--layout', layoutOf[suite])
    const room = path.join(path.dirname(deb), 'disk')
    const folder = path.join(room, 'packages')
    mkdirSync(folder, { recursive: true })
    await must('cp', [deb, path.join(folder, 'pktw.deb')])
    if (recipeFor(suite).hostNode)
      await must('dpkg-deb', [
        ...['--root-owner-group', '-Znone', '--build'],
        ...[nodePackage(path.dirname(deb)), path.join(folder, 'nodejs.deb')],
      ])
    return room
  }
  const going = made.get(key) ?? make()
  made.set(key, going)
  return going
}

/** Writes the tar of dist/ and the packages as a disk. Throws LabError. */
export const makeProductDisk = async (checkout: string, suite: Suite, file: string): Promise<void> => {
  const packages = await packagesOf(checkout, suite)
  const argv = [
    '-c',
    '-f',
    file,
    '--owner=0',
    '--group=0',
    '-C',
    checkout,
    'dist',
    '-C',
    packages,
    'packages',
  ]
  await must('tar', argv)
  await truncate(file, bytes)
}

/** Runs in the guest, fails for itself: what is to be there before the package. Nothing where the suite's Node is new enough. */
export const installNode = ['sh', '-c', `! [ -e ${nodeInGuest} ] || exec dpkg --install ${nodeInGuest}`]

/**
 * The package installed as `dpkg -i` does it, whatever another scenario left: an installation of `pktw install`, which the package
 * refuses to go over, or settings.
 */
export const installPackage = [
  'sh',
  '-ec',
  `! [ -e /var/lib/pktw/manifest.json ] || ${built.join(' ')} uninstall --yes
   exec dpkg --force-confnew --install ${unpacked}/packages/*.deb </dev/null`,
]
