// The model is as forgetful as POSIX allows; the real file system answers the same calls in the same way.
import { describe, expect, test } from 'vitest'
import { codeOf, type JournalDisk, realDisk } from '../../src/engine/journal-disk.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { ModelDisk } from './model-disk.ts'

const codes = async (calls: Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((r) => (r.status === 'rejected' ? codeOf(r.reason) : 'ok'))

describe.each<[string, () => { disk: JournalDisk; dir: string }]>([
  ['the real one', () => ({ disk: realDisk, dir: temporaryRoot() })],
  ['the model', () => ({ disk: new ModelDisk(['/d']), dir: '/d' })],
])('%s', (_, make) => {
  test('names and bytes', async () => {
    const { disk, dir } = make()
    await disk.mkdir(`${dir}/a`)
    const file = await disk.create(`${dir}/a/1.new`)
    await file.append([Buffer.from('one '), Buffer.from('two')])
    await file.datasync()
    await disk.rename(`${dir}/a/1.new`, `${dir}/a/1`)
    await file.append([Buffer.from(' three')])
    await file.close()
    expect(await disk.readdir(`${dir}/a`)).toEqual(['1'])
    const again = await disk.open(`${dir}/a/1`)
    expect((await again.read()).toString()).toBe('one two three')
    await again.close()
    await disk.synchronizeDirectory(`${dir}/a`)
    await disk.rename(`${dir}/a`, `${dir}/kept-a`)
    await disk.unlink(`${dir}/kept-a/1`)
    await disk.rmdir(`${dir}/kept-a`)
    expect(await disk.readdir(dir)).toEqual([])
  })

  test('what does not go has the code of the system', async () => {
    const { disk, dir } = make()
    await disk.mkdir(`${dir}/full`)
    await (await disk.create(`${dir}/full/1`)).close()
    expect(
      await codes([
        ...[disk.mkdir(`${dir}/full`), disk.mkdir(`${dir}/none/here`), disk.readdir(`${dir}/none`)],
        ...[disk.readdir(`${dir}/full/1`), disk.open(`${dir}/none`), disk.unlink(`${dir}/none`)],
        ...[
          disk.rmdir(`${dir}/full`),
          disk.mkdir(`${dir}/full/1/x`),
          disk.synchronizeDirectory(`${dir}/none`),
        ],
      ]),
    ).toEqual([
      ...['EEXIST', 'ENOENT', 'ENOENT', 'ENOTDIR', 'ENOENT', 'ENOENT'],
      ...['ENOTEMPTY', 'ENOTDIR', 'ENOENT'],
    ])
  })
})

/** A disk with a synchronised file `old` and what `change` does to it, after a power cut that takes everything it may. */
async function afterCut(keeps: 0 | 0.9, change: (disk: ModelDisk) => Promise<void>) {
  const disk = new ModelDisk(['/d'])
  const file = await disk.create('/d/old')
  await file.append([Buffer.from('old')])
  await file.datasync()
  await disk.synchronizeDirectory('/d')
  await change(disk)
  disk.cutPower(() => (keeps === 0 ? 0.9 : 0.4))
  return Object.fromEntries([...disk.files('/d')].map(([name, data]) => [name, data.length]))
}

test.each<[string, (disk: ModelDisk) => Promise<void>, object, object]>([
  ['a removal', (disk) => disk.unlink('/d/old'), { old: 3 }, {}],
  ['a new name', (disk) => disk.rename('/d/old', '/d/new'), { old: 3 }, { new: 3 }],
  [
    'a new directory',
    (disk) =>
      disk
        .mkdir('/d/sub')
        .then(() => disk.create('/d/sub/x'))
        .then(() => disk.synchronizeDirectory('/d/sub')),
    { old: 3 },
    { old: 3, 'sub/x': 0 },
  ],
])('%s that was not synchronised is there or not', async (_, change, lost, kept) => {
  expect(await afterCut(0, change)).toEqual(lost)
  expect(await afterCut(0.9, change)).toEqual(kept)
})

test('what was appended since the last synchronisation is there in part', async () => {
  const disk = new ModelDisk(['/d'])
  const file = await disk.create('/d/f')
  await file.append([Buffer.from('12345')])
  await file.datasync()
  await disk.synchronizeDirectory('/d')
  await file.append([Buffer.from('6789')])
  disk.cutPower(() => 0.5)
  expect(disk.files('/d').get('f')?.toString()).toBe('1234567')
})

test('calls fail for a while, and a file system that has become read-only can be read', async () => {
  const disk = new ModelDisk(['/d'])
  disk.fail({ error: 'EMFILE', calls: ['readdir'], after: 1, times: 2 })
  const four = [0, 0, 0, 0].map(() => () => disk.readdir('/d'))
  const seen: unknown[] = []
  for (const call of four) seen.push(...(await codes([call()])))
  expect(seen).toEqual(['ok', 'EMFILE', 'EMFILE', 'ok'])
  const writable = disk.readOnly()
  expect(await codes([disk.mkdir('/d/x'), disk.readdir('/d')])).toEqual(['EROFS', 'ok'])
  writable()
  expect(await codes([disk.mkdir('/d/x')])).toEqual(['ok'])
})
