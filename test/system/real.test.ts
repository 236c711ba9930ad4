import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { PathRefused } from '../../src/system/confined-path.ts'
import { realSystem } from '../../src/system/real.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'
import { skip } from '../tools.ts'

const meta = { mode: 0o644 }

describe('symbolic links in an image', () => {
  test('an absolute one leads to a place in the image', async () => {
    const root = temporaryRoot({ '/usr/lib/x': 'in the image' })
    symlinkSync('/usr/lib', path.join(root, 'lib'))
    const system = realSystem(root)
    expect((await system.read('/lib/x'))?.toString()).toBe('in the image')
    await system.writeAtomic('/lib/y', Buffer.from('new'), meta)
    expect(readFileSync(path.join(root, 'usr/lib/y'), 'utf8')).toBe('new')
  })

  test('one planted to reach the host is not followed', async () => {
    const host = temporaryRoot({ '/etc/passwd': 'host' })
    const root = temporaryRoot()
    symlinkSync(path.join(host, 'etc'), path.join(root, 'etc'))
    symlinkSync(`${'../'.repeat(20)}${host.slice(1)}/etc`, path.join(root, 'up'))
    const system = realSystem(root)
    const before = listTree(host)
    await expect(system.writeAtomic('/etc/passwd', Buffer.from('x'), meta)).rejects.toThrow()
    expect(await system.read('/etc/passwd')).toBeUndefined()
    await expect(system.read('/up/passwd')).rejects.toThrow(PathRefused)
    await expect(system.writeAtomic('/up/new', Buffer.from('x'), meta)).rejects.toThrow(PathRefused)
    await expect(system.makeDirectory('/up/new', meta)).rejects.toThrow(PathRefused)
    await expect(system.removeTree('/up/passwd')).rejects.toThrow(PathRefused)
    expect(listTree(host)).toEqual(before)
  })

  test('in the place of a file it is replaced, and what it points to stays', async () => {
    const root = temporaryRoot({ '/target': 'old' })
    symlinkSync('target', path.join(root, 'link'))
    const system = realSystem(root)
    await system.writeAtomic('/link', Buffer.from('new'), meta)
    expect(readFileSync(path.join(root, 'target'), 'utf8')).toBe('old')
    expect(lstatSync(path.join(root, 'link')).isFile()).toBe(true)
  })

  test('a loop ends', async () => {
    const root = temporaryRoot()
    symlinkSync('b', path.join(root, 'a'))
    symlinkSync('a', path.join(root, 'b'))
    await expect(realSystem(root).read('/a/x')).rejects.toThrow('too many symbolic links')
  })
})

describe('nothing is written through a directory or link that', () => {
  test('anybody may write', async () => {
    const root = temporaryRoot({ '/open/x': '' })
    chmodSync(path.join(root, 'open'), 0o777)
    await expect(realSystem(root).writeAtomic('/open/y', Buffer.from(''), meta)).rejects.toThrow(PathRefused)
  })

  test('belongs to another user', async (context) => {
    if (process.getuid?.() !== 0) skip(context, 'only root can give a directory to another user')
    const root = temporaryRoot({ '/theirs/x': '', '/real/x': '' })
    mkdirSync(path.join(root, 'service/below'), { recursive: true })
    chownSync(path.join(root, 'theirs'), 65534, 65534)
    chownSync(path.join(root, 'service'), 105, 0)
    symlinkSync('real', path.join(root, 'link'))
    lchownSync(path.join(root, 'link'), 65534, 65534)
    const system = realSystem(root)
    for (const directory of ['theirs', 'link'])
      await expect(system.writeAtomic(`/${directory}/y`, Buffer.from(''), meta), directory).rejects.toThrow(
        PathRefused,
      )
    expect(await system.isDirectory('/theirs')).toBe(true)
    // As polkitd's /etc/polkit-1/rules.d: a file goes in, but nothing goes through.
    await system.writeAtomic('/service/y', Buffer.from(''), meta)
    await expect(system.writeAtomic('/service/below/y', Buffer.from(''), meta)).rejects.toThrow(PathRefused)
    await expect(system.makeDirectory('/service/d', meta)).rejects.toThrow(PathRefused)
  })
})

describe('writing', () => {
  test('gives the mode whatever the umask, and leaves no temporary file', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    // The whole run has it; a thread cannot set it.
    expect(process.umask()).toBe(0o077)
    await system.makeDirectory('/d', { mode: 0o755 })
    await system.writeAtomic('/d/f', Buffer.from('x'), { mode: 0o664 })
    expect(await system.inspect('/d')).toMatchObject({ kind: 'directory', mode: 0o755 })
    expect(await system.inspect('/d/f')).toMatchObject({ kind: 'file', mode: 0o664, size: 1 })
    expect(readdirSync(path.join(root, 'd'))).toEqual(['f'])
  })

  test('onto a directory fails and leaves no temporary file', async () => {
    const root = temporaryRoot()
    mkdirSync(path.join(root, 'd/f'), { recursive: true })
    const system = realSystem(root)
    await expect(system.writeAtomic('/d/f', Buffer.from('x'), meta)).rejects.toThrow()
    await expect(system.makeSymlink('/d/f', 'x')).rejects.toThrow()
    expect(readdirSync(path.join(root, 'd'))).toEqual(['f'])
  })
})

test('what is not there is absent, also below a file', async () => {
  const root = temporaryRoot({ '/f': '' })
  const system = realSystem(root)
  expect(await system.inspect('/x/y')).toEqual({ kind: 'absent' })
  expect(await system.inspect('/f/y')).toEqual({ kind: 'absent' })
  expect(await system.read('/x')).toBeUndefined()
  expect(await system.list('/x')).toEqual([])
})

test('a path that is not absolute is refused', async () => {
  await expect(realSystem(temporaryRoot()).read('etc/fstab')).rejects.toThrow(PathRefused)
})

test('a fifo in the place of a file does not hold the reader', async () => {
  const root = temporaryRoot()
  const { run } = await import('../../src/system/run.ts')
  expect((await run('mkfifo', [path.join(root, 'f')])).code).toBe(0)
  const system = realSystem(root)
  expect(await system.inspect('/f')).toMatchObject({ kind: 'other' })
  writeFileSync(path.join(root, 'g'), '')
  expect((await system.read('/f'))?.length ?? 0).toBe(0)
})
