import tseslint from 'typescript-eslint';

export default tseslint.config(
  // The programs of consumers/ belong to other projects: they compile only where the package is installed or copied.
  {
    ignores: [
      '**/dist/',
      '**/coverage/',
      '**/node_modules/',
      'packages/consumers/programs/',
      'docs/api/html/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  // An example shows a value and stops there.
  {
    files: ['docs/api/examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
);
