import './viewer/index.ts';
