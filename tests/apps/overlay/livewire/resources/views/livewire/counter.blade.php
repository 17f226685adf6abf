<div>
    <p>{{ $count }} {{ $note }}</p>
    <button wire:click="increment(2)">+</button>
</div>
