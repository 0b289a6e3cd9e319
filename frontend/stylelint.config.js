// What a machine can hold of `styles/base.css`: raw values stand in tokens.css alone, breakpoints are few and in rem.
const WIDTHS = ['35rem', '43.75rem', '56.25rem', '60rem', '64rem', '75rem'];
const HEIGHTS = ['31.25rem', '15rem', '48rem']; // the second: a phone on its side with its keyboard open; the last: a tall phone upright

/** @type {import('stylelint').Config} */
export default {
  ignoreFiles: ['node_modules/**'],
  reportNeedlessDisables: true,
  referenceFiles: ['src/styles/tokens.css'],
  rules: {
    // Tokens. Relative to the text, the container or the screen (em, %, fr, dvh, cqi) is no raw size.
    'color-no-hex': true,
    'color-named': 'never',
    'function-disallowed-list': ['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color'],
    'unit-disallowed-list': [
      ['px', 'rem', 'ch', 'pt', 'pc', 'cm', 'mm', 'in', 'ms', 's'],
      { ignoreMediaFeatureNames: { rem: ['width', 'height'] } },
    ],

    // Breakpoints
    'media-feature-range-notation': 'context',
    'media-feature-name-value-allowed-list': { width: WIDTHS, height: HEIGHTS },

    // Mistakes
    'block-no-empty': true,
    'color-no-invalid-hex': true,
    'declaration-block-no-duplicate-properties': true,
    'declaration-block-no-shorthand-property-overrides': true,
    'declaration-no-important': true,
    'function-calc-no-unspaced-operator': true,
    'no-duplicate-selectors': true,
    'no-invalid-double-slash-comments': true,
    'no-unknown-custom-properties': true,
    'property-no-unknown': true,
    'selector-max-id': 0,
    'selector-pseudo-class-no-unknown': true,
    'selector-pseudo-element-no-unknown': true,
    'unit-no-unknown': true,
  },
  overrides: [
    {
      files: ['src/styles/tokens.css'],
      rules: {
        'color-no-hex': null,
        'function-disallowed-list': null,
        'unit-disallowed-list': null,
      },
    },
  ],
};
