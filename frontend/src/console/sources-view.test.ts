import { describe, expect, it } from 'vitest';
import { passedWords } from './sources-view.ts';

describe('the rungs that are passed through', () => {
  it('are named in the language of the page', () => {
    expect(passedWords({ passed: ['720p', '480p', '360p'] }, 'en-GB')).toBe(
      'Passed through as the encoder makes them, without encoding here: 720p, 480p and 360p.',
    );
    expect(passedWords({ passed: ['1080p'] }, 'en')).toBe('Passed through as the encoder makes it, without encoding here: 1080p.');
  });

  it('are not spoken of where all is encoded', () => {
    expect([passedWords({ passed: [] }, 'en'), passedWords({}, 'en')]).toEqual(['', '']);
  });
});
