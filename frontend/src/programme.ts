import './styles/programme.css';
import './programme/index.ts';
