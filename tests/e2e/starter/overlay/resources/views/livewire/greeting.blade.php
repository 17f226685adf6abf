<p>Hello, {{ $name }}</p>
