import { describe, expect, test } from 'vitest'
import { mirrorIn } from './host.ts'

describe('the Debian archive of this machine', () => {
  test.each([
    ['one line', 'deb http://mirror.example/debian sid main', 'http://mirror.example/debian'],
    [
      'options',
      'deb [arch=amd64 signed-by=/x] https://mirror.example/debian/ sid main',
      'https://mirror.example/debian/',
    ],
    ['deb822', 'Types: deb\nURIs: http://mirror.example/debian\nSuites: sid', 'http://mirror.example/debian'],
    [
      'security first',
      'deb http://a.example/debian-security x main\ndeb http://b.example/debian x main',
      'http://b.example/debian',
    ],
    ['commented out', '# deb http://mirror.example/debian sid main', undefined],
    ['another archive', 'deb https://packages.example/apt stable main', undefined],
    ['source only', 'deb-src http://mirror.example/debian sid main', undefined],
  ])('%s', (_, text, uri) => expect(mirrorIn(text)).toBe(uri))
})
