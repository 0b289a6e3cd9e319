import './viewer/index.ts';
import './entrance/index.ts';
