import './clip/index.ts';
