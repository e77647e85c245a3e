import { describe, expect, it } from 'vitest';
import { changePage, commitPage, comparePage } from './forge';

const at = (forge: string, forge_url = 'https://git.example.org/forge') => ({
  forge,
  forge_url,
  full_name: 'group/sub/a b'
});
const [one, two] = ['a1b2c3d4', 'e5f6a7b8'];

describe('pages of a forge', () => {
  it('are at the places of its kind', () => {
    expect(comparePage(at('github'), one, two)).toBe(
      'https://git.example.org/forge/group/sub/a%20b/compare/a1b2c3d4...e5f6a7b8'
    );
    expect(comparePage(at('gitlab'), one, two)).toContain('/-/compare/');
    expect(changePage(at('gitea'), 12)).toMatch(/\/pulls\/12$/);
    expect(changePage(at('github'), 12)).toMatch(/\/pull\/12$/);
    expect(commitPage(at('gitlab'), one)).toMatch(/\/-\/commit\/a1b2c3d4$/);
  });
  it('are unknown of a plain remote, and never what is no address of the web or no commit', () => {
    expect(comparePage(at('git'), one, two)).toBeUndefined();
    expect(comparePage(at('github', 'javascript:alert(1)//'), one, two)).toBeUndefined();
    expect(comparePage(at('github'), one, '../../x')).toBeUndefined();
  });
});
