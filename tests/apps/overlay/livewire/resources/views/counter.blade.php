<x-app-layout>
    <livewire:counter />
</x-app-layout>
