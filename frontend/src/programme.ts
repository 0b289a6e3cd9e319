import './programme/index.ts';
